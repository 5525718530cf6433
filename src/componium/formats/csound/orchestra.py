"""Orchestra of a Csound document: instruments by family, drums, reverberation.

Each instrument reads p4, a MIDI pitch, and p5, a velocity. Its sound is of one of a few kinds, each a textbook
technique: frequency modulation (struck, bell, brass), a plucked string, wavetables with vibrato (bowed, reed, flute,
organ), a pulse through formants (voice), filtered noise (effects).

Sources: J. Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation" (JAES 21, 1973);
K. Karplus & A. Strong, "Digital Synthesis of Plucked-String and Drum Timbres" (CMJ 7, 1983).
"""

from typing import NamedTuple

HEAD = """sr = 44100
ksmps = 32
nchnls = 2
0dbfs = 1
gisine ftgen 0, 0, 16384, 10, 1
giorgan ftgen 0, 0, 16384, 10, 1, .6, .3, .4, 0, .2, 0, .15
gibow ftgen 0, 0, 16384, 10, 1, .5, .33, .25, .2, .14, .1, .08, .06
gireed ftgen 0, 0, 16384, 10, 1, .1, .6, .08, .35, .06, .2, .04, .1
gipipe ftgen 0, 0, 16384, 10, 1, .25, .08, .03
galeft init 0
garight init 0
"""

_BODIES = {
    "struck": """  iring = 5 * (262 / ifreq) ^ .6
  kindex expseg 1 + 2 * p5 / 127, iring, .2
  afade transeg 0, .003, 0, 1, iring, -6, 0
  asig foscili afade, ifreq, 1, 1, kindex, gisine""",
    "bell": """  kindex expseg 1.4, .8, .1
  afade transeg 0, .002, 0, 1, 4, -6, 0
  asig foscili afade, ifreq, 1, 3.53, kindex, gisine""",
    "plucked": """  asig pluck 1, ifreq, ifreq, 0, 1
  asig tone asig, 1500 + 30 * p5""",
    "organ": """  asig oscili .6, ifreq, giorgan""",
    "bowed": """  kdepth linseg 0, .25, 0, .3, .005
  kvibrato lfo kdepth, 5.4
  asig oscili .7, ifreq * (1 + kvibrato), gibow
  asig tone asig, 2000 + 30 * p5""",
    "brass": """  kindex linsegr 0, .05, 1 + 3 * p5 / 127, .2, .8 + 2 * p5 / 127, .1, 0
  asig foscili .9, ifreq, 1, 1, kindex, gisine""",
    "reed": """  kvibrato lfo .003, 5
  asig oscili .7, ifreq * (1 + kvibrato), gireed""",
    "flute": """  kvibrato lfo .004, 5
  asig oscili .9, ifreq * (1 + kvibrato), gipipe
  abreath noise .02, 0
  abreath reson abreath, ifreq, ifreq / 4, 1
  asig = asig + abreath""",
    "voice": """  kvibrato lfo .006, 5.2
  apulse buzz 1, ifreq * (1 + kvibrato), int(6000 / ifreq) + 1, gisine
  afirst reson apulse, 700, 110, 1
  asecond reson apulse, 1150, 130, 1
  asig = .5 * apulse + 1.6 * afirst + .9 * asecond""",
    "noise": """  asig noise .5, 0
  asig reson asig, ifreq, ifreq / 6, 2""",
}


class Sound(NamedTuple):
    """Sound of a program: a kind of _BODIES, attack and release in seconds, level."""

    kind: str
    attack: float
    release: float
    level: float = 1.0


STRUCK, BELL = Sound("struck", 0.002, 0.15), Sound("bell", 0.002, 0.3, 0.6)
PLUCKED = Sound("plucked", 0.002, 0.15, 1.5)
ORGAN, BOWED, BRASS = Sound("organ", 0.02, 0.08, 0.8), Sound("bowed", 0.07, 0.12), Sound("brass", 0.04, 0.08, 0.9)
REED, FLUTE, VOICE = Sound("reed", 0.03, 0.08), Sound("flute", 0.04, 0.08, 0.7), Sound("voice", 0.07, 0.15, 1.5)
PAD, NOISE = Sound("bowed", 0.15, 0.3), Sound("noise", 0.01, 0.1)
_FAMILIES = (  # eight programs each
    STRUCK, BELL, ORGAN, PLUCKED, PLUCKED, BOWED, BOWED, BRASS, REED, FLUTE, REED, PAD, PAD, PLUCKED, BELL, NOISE,
)  # fmt: skip
_PROGRAMS = {  # those that sound otherwise than their family
    6: PLUCKED, 7: PLUCKED, 45: PLUCKED, 46: PLUCKED, 47: STRUCK, 52: VOICE, 53: VOICE, 54: VOICE, 85: VOICE,
    91: VOICE, 109: REED, 110: BOWED, 111: REED,
}  # fmt: skip


def sound_of(program: int) -> Sound:
    """Return the sound of a General MIDI program."""
    return _PROGRAMS.get(program, _FAMILIES[program // 8])


def instrument(number: int, program: int, gain: float, pan: float) -> str:
    """Return the instrument of a part; `pan` is 0, left, to 1, right."""
    sound = sound_of(program)
    return f"""instr {number}
  ifreq = cpsmidinn(p4)
  iamp = {gain * sound.level:.4f} * (p5 / 127) ^ 1.5
{_BODIES[sound.kind]}
  kenv linsegr 0, {sound.attack}, 1, {sound.release}, 0
  asig dcblock2 asig
{_output("asig * kenv * iamp", pan)}
endin
"""


def drum_kit(number: int, gain: float, pan: float) -> str:
    """Return the drums: a falling tone and noise, tuned by the drum's number."""
    return f"""instr {number}
  iamp = {1.6 * gain:.4f} * (p5 / 127) ^ 1.5
  itone, inoise, ifrom, ito, icut, iring = 0, 1, 200, 200, 5000, .15
  if p4 == 35 || p4 == 36 then
    itone, inoise, ifrom, ito, icut, iring = 1, .05, 120, 45, 900, .3
  elseif p4 >= 37 && p4 <= 40 then
    itone, inoise, ifrom, ito, icut, iring = .4, .8, 220, 170, 1500, .2
  elseif p4 == 41 || p4 == 43 || p4 == 45 || p4 == 47 || p4 == 48 || p4 == 50 then
    itone, inoise, ifrom, ito, icut, iring = 1, .05, 8 * p4 - 220, 6 * p4 - 180, 1000, .4
  elseif p4 == 42 || p4 == 44 then
    itone, inoise, icut, iring = 0, .7, 8000, .06
  elseif p4 == 46 then
    itone, inoise, icut, iring = 0, .7, 7000, .4
  elseif p4 == 49 || p4 == 51 || p4 == 52 || p4 == 53 || p4 == 55 || p4 == 57 || p4 == 59 then
    itone, inoise, icut, iring = 0, .6, 5000, 1.2
  elseif p4 >= 60 then
    itone, inoise, ifrom, ito, icut, iring = .8, .2, 12 * p4 - 500, 12 * p4 - 520, 3000, .2
  endif
  p3 = iring
  kfreq expon ifrom, .1, ito
  kfreq limit kfreq, min(ifrom, ito), max(ifrom, ito)
  afall oscili itone, kfreq, gisine
  anoise noise inoise, 0
  anoise atone anoise, icut
  kenv expseg .001, .002, 1, iring, .001
{_output("(afall + anoise) * kenv * iamp", pan)}
endin
"""


def master(number: int) -> str:
    """Return the instrument that plays all others, with reverberation.

    Its number is the highest, so that it comes last.
    """
    return f"""; reverberation and output; tanh keeps every peak below full scale
instr {number}
  aleft, aright reverbsc galeft, garight, .72, 9000
  outs tanh(galeft + .18 * aleft), tanh(garight + .18 * aright)
  clear galeft, garight
endin
"""


def _output(signal: str, pan: float) -> str:
    return f"""  aout = {signal}
  galeft = galeft + aout * {(1 - pan) ** 0.5:.3f}
  garight = garight + aout * {pan**0.5:.3f}"""
