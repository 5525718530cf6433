"""LilyPond's names of the General MIDI instruments and drums.

Source: LilyPond Notation Reference 2.24, A.6 and A.14.
"""

_BY_FAMILY = """
acoustic grand|bright acoustic|electric grand|honky-tonk|electric piano 1|electric piano 2|harpsichord|clav
celesta|glockenspiel|music box|vibraphone|marimba|xylophone|tubular bells|dulcimer
drawbar organ|percussive organ|rock organ|church organ|reed organ|accordion|harmonica|concertina
acoustic guitar (nylon)|acoustic guitar (steel)|electric guitar (jazz)|electric guitar (clean)
electric guitar (muted)|overdriven guitar|distorted guitar|guitar harmonics
acoustic bass|electric bass (finger)|electric bass (pick)|fretless bass
slap bass 1|slap bass 2|synth bass 1|synth bass 2
violin|viola|cello|contrabass|tremolo strings|pizzicato strings|orchestral harp|timpani
string ensemble 1|string ensemble 2|synthstrings 1|synthstrings 2|choir aahs|voice oohs|synth voice|orchestra hit
trumpet|trombone|tuba|muted trumpet|french horn|brass section|synthbrass 1|synthbrass 2
soprano sax|alto sax|tenor sax|baritone sax|oboe|english horn|bassoon|clarinet
piccolo|flute|recorder|pan flute|blown bottle|shakuhachi|whistle|ocarina
lead 1 (square)|lead 2 (sawtooth)|lead 3 (calliope)|lead 4 (chiff)
lead 5 (charang)|lead 6 (voice)|lead 7 (fifths)|lead 8 (bass+lead)
pad 1 (new age)|pad 2 (warm)|pad 3 (polysynth)|pad 4 (choir)|pad 5 (bowed)|pad 6 (metallic)|pad 7 (halo)|pad 8 (sweep)
fx 1 (rain)|fx 2 (soundtrack)|fx 3 (crystal)|fx 4 (atmosphere)
fx 5 (brightness)|fx 6 (goblins)|fx 7 (echoes)|fx 8 (sci-fi)
sitar|banjo|shamisen|koto|kalimba|bagpipe|fiddle|shanai
tinkle bell|agogo|steel drums|woodblock|taiko drum|melodic tom|synth drum|reverse cymbal
guitar fret noise|breath noise|seashore|bird tweet|telephone ring|helicopter|applause|gunshot
"""
INSTRUMENTS: tuple[str, ...] = tuple(name for line in _BY_FAMILY.split("\n") for name in line.split("|") if name)

# From pitch 35 on.
_DRUM_NAMES = (
    "bda bd ss sn hc sne tomfl hhc tomfh hhp toml hho tomml tommh cymca tomh cymra cymch rb tamb cyms cb cymcb vibs"
    " cymrb boh bol cghm cgho cgl timh timl agh agl cab mar whs whl guis guil cl wbh wbl cuim cuio trim tri"
)
_DRUMS = tuple(_DRUM_NAMES.split(" "))


def drum(pitch: int) -> str:
    """Return the drum of a pitch; the nearest, for one that General MIDI leaves free.

    >>> drum(36), drum(42), drum(0)
    ('bd', 'hhc', 'bda')
    """
    return _DRUMS[min(max(pitch - 35, 0), len(_DRUMS) - 1)]
