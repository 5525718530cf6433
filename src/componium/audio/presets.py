"""Synthesizer presets, and the preset of each General MIDI program.

A preset states the frequencies of the partials (harmonic, stretched, or the modes of a bar or bell), their levels (a
slope, a plucking point, formants), attack, decay and release, and the level of breath, bow or hammer noise.

Sources: N. Fletcher & T. Rossing, The Physics of Musical Instruments (2nd ed., 1998): inharmonicity of strings 12.3,
bars and bells 19-21; formants of winds after J. Meyer, Acoustics and the Performance of Music (5th ed., 2009).
"""

from dataclasses import dataclass, replace
from functools import cache

from componium.music.score import DEFAULT_VELOCITY


@dataclass(frozen=True, slots=True)
class Preset:
    """Parameters of an instrument's sound; times in seconds.

    `ring` is the time to fall by 60 dB at middle C; 0 if the sound is sustained.
    """

    slope: float = 6.0  # dB an octave that the partials fall
    even: float = 1.0  # strength of the even partials
    ranks: tuple[tuple[float, float], ...] = ((1, 1.0),)  # (multiple of the pitch, strength): an organ's stops
    modes: tuple[tuple[float, float, float], ...] = ()  # (ratio, strength, relative decay), instead of harmonics
    stretch: float = 0.0  # inharmonicity B at middle C
    pluck: float = 0.0  # position along the string where it is plucked or struck, 0 to 1; 0 for none
    formants: tuple[tuple[float, float, float], ...] = ()  # (Hz, strength, width in octaves)
    ceiling: float = 10_000.0  # Hz above which the partials fall steeply
    players: tuple[float, ...] = (0.0,)  # detuning in cents of each unison player
    attack: float = 0.004
    bloom: float = 0.0  # time constant of the attack of partial 1; higher partials come later
    release: float = 0.12
    ring: float = 0.0
    damping: float = 0.3  # increase of the decay with each partial
    shorten: float = 0.6  # exponent of the decay time's fall with frequency
    vibrato: float = 0.0  # cents
    tremolo: float = 0.0  # depth, 0 to 1
    speed: float = 5.4  # Hz of vibrato and tremolo
    breath: float = 0.0  # strength of steady noise around the pitch
    knock: float = 0.0  # strength of the noise at the start
    gain: float = 1.0
    touch: float = 1.0  # effect of velocity on brightness, 0 for an organ
    tilt: float = 0.0  # dB an octave added to `slope`


_PRESETS = {
    "piano": Preset(slope=5, pluck=0.12, stretch=4e-4, ring=7, damping=0.16, attack=0.0025, knock=0.10, players=(-0.5,
                   0, 0.6), ceiling=5000, release=0.14),
    "epiano": Preset(modes=((1, 1, 1), (2, 0.25, 1.6), (3, 0.06, 3), (4, 0.1, 4), (7, 0.12, 9), (13.7, 0.05, 20)),
                    ring=6, tremolo=0.12, speed=4.5, release=0.16, knock=0.03),
    "harpsichord": Preset(slope=3, pluck=0.09, ranks=((1, 1), (2, 0.5)), ring=4, damping=0.05, attack=0.001, knock=0.06,
                         release=0.10, ceiling=9000, touch=0),
    "glass": Preset(modes=((1, 1, 1), (2.76, 0.35, 2.4), (5.40, 0.18, 5), (8.93, 0.07, 9)), ring=4, attack=0.001,
                   release=0.5, shorten=0.8, knock=0.02),
    "vibraphone": Preset(modes=((1, 1, 1), (4, 0.3, 2.5), (10, 0.08, 7)), ring=7, attack=0.002, tremolo=0.3, speed=5,
                        release=0.4, knock=0.02),
    "wood": Preset(modes=((1, 1, 1), (3.93, 0.35, 3), (9.2, 0.12, 8)), ring=1.3, attack=0.0015, release=0.2,
                  knock=0.10),
    "tubular": Preset(modes=((0.5, 0.35, 0.5), (1, 1, 1), (1.19, 0.4, 1.1), (1.5, 0.4, 1.3), (2, 0.8, 1.4), (2.74, 0.45,
                     2), (3.76, 0.3, 3), (5.0, 0.15, 5)), ring=7, attack=0.002, release=0.9, knock=0.03),
    "drawbar": Preset(slope=24, ranks=((1, 1), (2, 0.6), (3, 0.5), (4, 0.3), (6, 0.12), (8, 0.12)), attack=0.008,
                     release=0.06, tremolo=0.08, vibrato=4, speed=6.4, knock=0.04, touch=0),
    "organ": Preset(slope=7.5, ranks=((1, 1), (2.0006, 0.55), (2.9991, 0.22), (4.0018, 0.35), (7.9985, 0.1)),
                   attack=0.035, release=0.16, knock=0.03, breath=0.004, players=(-0.8, 0.8), touch=0),
    "reedorgan": Preset(slope=5, formants=((700, 1, 1.2), (2200, 0.5, 0.8)), attack=0.05, release=0.09, ceiling=6000,
                       players=(-3, 0, 3), breath=0.006, touch=0),
    "harmonica": Preset(slope=4, formants=((1400, 1, 1), (3000, 0.6, 0.8)), attack=0.04, release=0.07, ceiling=7000,
                       tremolo=0.15, breath=0.01),
    "guitar": Preset(slope=4, pluck=0.17, stretch=6e-5, ring=4, damping=0.14, attack=0.002, release=0.15, knock=0.05,
                    formants=((200, 0.7, 1), (450, 0.5, 1), (1600, 0.5, 1)), players=(-0.4, 0.4)),
    "steel": Preset(slope=4.5, pluck=0.15, stretch=6e-5, ring=5, damping=0.12, attack=0.0015, release=0.15, knock=0.05,
                   players=(-0.6, 0.6)),
    "electric": Preset(slope=6, pluck=0.25, stretch=6e-5, ring=7, damping=0.15, attack=0.002, release=0.1,
                      ceiling=4500),
    "muted": Preset(slope=7, pluck=0.2, ring=0.5, damping=0.4, attack=0.002, release=0.05, knock=0.1, ceiling=3500),
    "distorted": Preset(slope=3.5, ring=14, damping=0.02, attack=0.004, release=0.09, ceiling=4000, players=(-1.5, 1.5),
                       formants=((600, 1, 1.5), (1800, 1, 1.2))),
    "harp": Preset(slope=7, pluck=0.33, stretch=5e-5, ring=4, damping=0.25, attack=0.002, release=0.6, knock=0.03,
                  shorten=0.8),
    "koto": Preset(slope=4, pluck=0.1, stretch=1e-4, ring=2.2, damping=0.12, attack=0.001, release=0.2, knock=0.08,
                  formants=((700, 1, 1.2), (2400, 0.6, 1)), players=(-0.7, 0.7)),
    "banjo": Preset(slope=3.5, pluck=0.12, stretch=6e-5, ring=1.0, damping=0.12, attack=0.001, release=0.1, knock=0.12,
                   formants=((800, 1, 1), (2500, 0.6, 1))),
    "contrabass": Preset(slope=6, pluck=0.3, stretch=5e-5, ring=3.5, damping=0.35, attack=0.006, release=0.12,
                        knock=0.06, ceiling=2500, shorten=0.3),
    "bass": Preset(slope=5.5, pluck=0.22, stretch=5e-5, ring=7, damping=0.3, attack=0.003, release=0.08, ceiling=3000,
                  knock=0.03, shorten=0.3),
    "slap": Preset(slope=4, pluck=0.12, stretch=5e-5, ring=5, damping=0.18, attack=0.001, release=0.07, knock=0.15,
                  ceiling=5000, shorten=0.3),
    "synthbass": Preset(slope=6, ring=5, damping=0.4, attack=0.003, release=0.06, ceiling=3000, players=(-2, 2)),
    "violin": Preset(slope=4, formants=((300, 0.9, 0.6), (480, 0.8, 0.5), (1000, 0.9, 0.7), (2600, 1.0, 0.9)),
                    attack=0.05, bloom=0.03, release=0.11, vibrato=13, tremolo=0.05, speed=5.8, ceiling=7500,
                    breath=0.012),
    "cello": Preset(slope=6, formants=((240, 1, 0.8), (600, 0.8, 0.7), (1400, 0.6, 0.8)), attack=0.06, bloom=0.035,
                   release=0.13, vibrato=11, tremolo=0.05, speed=5.3, ceiling=5000, breath=0.01),
    "strings": Preset(slope=6, formants=((350, 1, 1), (1000, 0.8, 1), (2600, 0.7, 0.9)), attack=0.08, bloom=0.05,
                     release=0.22, players=(-8.5, -3.3, 0, 4.1, 7.7), ceiling=6500, breath=0.008),
    "tremolo": Preset(slope=6, formants=((350, 1, 1), (1000, 0.8, 1), (2600, 0.7, 0.9)), attack=0.05, release=0.2,
                     players=(-7, 0, 7), ceiling=6500, tremolo=0.55, speed=11, breath=0.02),
    "pizzicato": Preset(slope=8, pluck=0.3, ring=0.8, damping=0.35, attack=0.002, release=0.25, knock=0.07, shorten=0.4,
                       formants=((300, 1, 1), (900, 0.6, 1))),
    "timpani": Preset(modes=((1, 1, 1), (1.5, 0.6, 0.8), (1.99, 0.35, 1), (2.44, 0.2, 1.3), (2.9, 0.12, 1.5)), ring=1.8,
                     attack=0.003, release=0.5, knock=0.12, shorten=0.2),
    "choir": Preset(slope=7, formants=((750, 1, 0.45), (1150, 0.6, 0.3), (2700, 0.3, 0.3), (3300, 0.2, 0.3)),
                   attack=0.09, bloom=0.04, release=0.24, players=(-9, -4.2, 0, 3.7, 8), vibrato=7, speed=5.1,
                   ceiling=5000, breath=0.010),
    "ooh": Preset(slope=10, formants=((360, 1, 0.6), (800, 0.4, 0.4), (2500, 0.06, 0.3)), attack=0.1, bloom=0.03,
                 release=0.24, players=(-8, -3.6, 0, 4.4, 7.5), vibrato=6, speed=5, ceiling=4000, breath=0.012),
    "trumpet": Preset(slope=2.5, formants=((1200, 1, 1), (2500, 0.5, 0.8)), attack=0.025, bloom=0.022, release=0.08,
                     vibrato=5, ceiling=5500, knock=0.02),
    "mutedtrumpet": Preset(slope=1, formants=((1800, 1, 0.6), (3400, 0.7, 0.6)), attack=0.02, bloom=0.015, release=0.07,
                          vibrato=5, ceiling=6500),
    "trombone": Preset(slope=4, formants=((550, 1, 1), (1500, 0.5, 1)), attack=0.035, bloom=0.035, release=0.09,
                      vibrato=4, ceiling=4000, knock=0.02),
    "horn": Preset(slope=5, formants=((340, 1, 1), (750, 0.5, 1)), attack=0.05, bloom=0.05, release=0.13, vibrato=3,
                  ceiling=2500),
    "tuba": Preset(slope=7, formants=((230, 1, 1), (500, 0.4, 1)), attack=0.05, bloom=0.04, release=0.1, ceiling=1800),
    "brass": Preset(slope=3.5, formants=((700, 1, 1.2), (1600, 0.6, 1)), attack=0.035, bloom=0.035, release=0.12,
                   players=(-5, 0, 5.5), ceiling=5000),
    "sax": Preset(slope=5, formants=((650, 1, 1), (1500, 0.7, 0.8), (2800, 0.3, 0.6)), attack=0.03, bloom=0.02,
                 release=0.08, vibrato=9, tremolo=0.06, ceiling=5500, breath=0.02),
    "oboe": Preset(slope=4, formants=((1150, 1, 0.6), (2900, 0.6, 0.5)), attack=0.03, bloom=0.01, release=0.08,
                  vibrato=6, tremolo=0.08, ceiling=7000, breath=0.006),
    "bassoon": Preset(slope=5, formants=((480, 1, 0.7), (1200, 0.4, 0.6)), attack=0.035, bloom=0.015, release=0.08,
                     vibrato=4, ceiling=3500, breath=0.006),
    "clarinet": Preset(slope=2.5, even=0.12, formants=((500, 0.8, 1.5), (1700, 0.5, 1), (3500, 0.2, 0.6)), attack=0.035,
                      bloom=0.012, release=0.09, ceiling=5000, breath=0.006),
    "flute": Preset(slope=13, attack=0.05, bloom=0.015, release=0.1, vibrato=5, tremolo=0.16, speed=5.1, breath=0.035,
                   ceiling=6000, knock=0.02),
    "recorder": Preset(slope=16, even=0.35, attack=0.03, release=0.07, tremolo=0.05, speed=4.8, breath=0.035,
                      knock=0.05),
    "panpipe": Preset(slope=15, even=0.3, attack=0.05, release=0.12, vibrato=4, tremolo=0.08, breath=0.14, knock=0.14),
    "whistle": Preset(slope=18, attack=0.045, release=0.09, vibrato=14, tremolo=0.12, speed=5.8, breath=0.012,
                     knock=0.01),
    "square": Preset(slope=6, even=0.0, attack=0.004, release=0.06, ceiling=6000),
    "saw": Preset(slope=6, attack=0.004, release=0.06, ceiling=7000, players=(-4, 4)),
    "pad": Preset(slope=8, attack=0.25, bloom=0.15, release=0.6, players=(-9, -4, 0, 5, 8), ceiling=4000),
    "brightpad": Preset(slope=5, attack=0.18, bloom=0.2, release=0.7, players=(-7, 0, 7.5), ceiling=6500, tremolo=0.1,
                       speed=0.8),
    "crystal": Preset(modes=((1, 1, 1), (2, 0.5, 1.2), (4.07, 0.25, 2), (6.3, 0.1, 4)), ring=8, attack=0.004,
                     release=0.7, players=(-3, 3)),
    "sitar": Preset(slope=2.5, pluck=0.07, stretch=1e-4, ring=5, damping=0.06, attack=0.001, release=0.3, knock=0.05,
                   players=(-2, 0, 2), formants=((900, 1, 1.2), (2600, 0.8, 1))),
    "bagpipe": Preset(slope=2.5, formants=((1000, 1, 1), (2600, 0.7, 0.8)), attack=0.015, release=0.04, players=(-2, 2),
                     ceiling=6000),
    "skin": Preset(modes=((1, 1, 1), (1.59, 0.5, 1.5), (2.14, 0.3, 2), (2.65, 0.2, 2.5)), ring=0.7, attack=0.002,
                  release=0.3, knock=0.25, shorten=0.2),
    "steelpan": Preset(modes=((1, 1, 1), (2, 0.7, 1.3), (3.01, 0.25, 2), (4.1, 0.15, 3)), ring=1.8, attack=0.003,
                      release=0.3, knock=0.04),
    "wind": Preset(slope=24, attack=0.2, release=0.5, breath=1.5, touch=0),
}
# The 128 programs, a family of eight a row, as General MIDI orders them.
_PROGRAMS = (
    "piano piano piano steel epiano epiano harpsichord harpsichord",
    "glass glass glass vibraphone wood wood tubular koto",
    "drawbar drawbar drawbar organ reedorgan reedorgan harmonica reedorgan",
    "guitar steel electric electric muted distorted distorted glass",
    "contrabass bass bass bass slap slap synthbass synthbass",
    "violin violin cello cello tremolo pizzicato harp timpani",
    "strings strings strings strings choir ooh ooh brass",
    "trumpet trombone tuba mutedtrumpet horn brass brass brass",
    "sax sax sax sax oboe oboe bassoon clarinet",
    "flute flute recorder panpipe panpipe panpipe whistle whistle",
    "square saw recorder panpipe distorted ooh saw synthbass",
    "brightpad pad pad choir strings brightpad brightpad pad",
    "crystal pad crystal guitar brightpad pad crystal brightpad",
    "sitar banjo koto koto wood bagpipe violin oboe",
    "glass wood steelpan wood skin skin skin crystal",
    "muted wind wind whistle glass wind wind skin",
)


def preset_of(program: int) -> Preset:
    """Return the preset of a General MIDI program (0 to 127)."""
    return _PRESETS[_PROGRAMS[program // 8].split()[program % 8]]


LAYER = 16  # velocities of one dynamic layer
LAYERS = 128 // LAYER
_DEFAULT_LAYER = DEFAULT_VELOCITY // LAYER  # sounds as the presets state
_TILT = 1.0  # dB an octave from layer to layer


@cache
def preset_for_layer(program: int, layer: int) -> Preset:
    """Return the preset of a program in a dynamic layer; harder is brighter."""
    preset = preset_of(program)
    return replace(preset, tilt=preset.touch * _TILT * (_DEFAULT_LAYER - layer))
