"""Instrument codes of Humdrum: *Iflt, *Isoprn, *Iclars.

Source: the tandem interpretations *I of the Humdrum guide (humdrum.org), those that have a General MIDI program.

>>> name_instrument("soprn"), name_instrument("clarb"), name_instrument("C3")
('Soprano', 'Bass Clarinet', '')
"""

_NAMES = {
    "accor": "Accordion", "alto": "Alto", "arpa": "Harp", "bagpi": "Bagpipe", "banjo": "Banjo", "barit": "Baritone",
    "bass": "Bassus", "bguit": "Bass Guitar", "calam": "Chalumeau", "calpe": "Calliope Lead", "calto": "Contralto",
    "campn": "Bells", "cangl": "English Horn", "canto": "Canto", "cant": "Cantus", "cbass": "Contrabass",
    "celes": "Celesta", "cello": "Cello", "celst": "Celesta", "cemba": "Harpsichord", "chime": "Tubular Bells",
    "clara": "Clarinet in A", "clarb": "Bass Clarinet", "clarp": "Piccolo Clarinet", "clars": "Clarinet",
    "clavi": "Clavichord", "cor": "Horn", "corno": "Cornett", "cornt": "Cornet", "ctenr": "Countertenor",
    "ctina": "Concertina", "dulc": "Dulcimer", "eguit": "Electric Guitar", "euphn": "Euphonium",
    "fag_c": "Contrabassoon", "fagot": "Bassoon", "fife": "Piccolo", "flt": "Flute", "flt_a": "Alto Flute",
    "flt_b": "Bass Flute", "flugh": "Flugelhorn", "forte": "Fortepiano", "glock": "Glockenspiel", "guitr": "Guitar",
    "harmn": "Harmonica", "harp": "Harp", "hpspd": "Harpsichord", "koto": "Koto", "liuto": "Lute", "lute": "Lute",
    "male": "Voice", "mando": "Mandolin", "marim": "Marimba", "mezz": "Mezzosoprano", "mezzo": "Mezzosoprano",
    "mbari": "Baritone", "oboe": "Oboe", "ocari": "Ocarina", "organ": "Organ", "panfl": "Pan Flute", "piano": "Piano",
    "picco": "Piccolo", "recd": "Recorder", "recda": "Alto Recorder", "recdb": "Bass Recorder",
    "recds": "Soprano Recorder", "recdt": "Tenor Recorder", "sackb": "Sackbut", "saxa": "Alto Sax",
    "saxb": "Baritone Sax", "saxs": "Soprano Sax", "saxt": "Tenor Sax", "shaku": "Shakuhachi", "shami": "Shamisen",
    "sitar": "Sitar", "sopr": "Soprano", "soprn": "Soprano", "steel": "Steel Drums", "strgs": "Strings",
    "synth": "Synth", "tbell": "Tubular Bells", "tenor": "Tenor", "timpa": "Timpani", "tiorb": "Theorbo",
    "trebl": "Treble", "tromb": "Trombone", "tromp": "Trumpet", "tromt": "Tenor Trombone", "tuba": "Tuba",
    "ukule": "Ukulele", "vibra": "Vibraphone", "viola": "Viola", "violn": "Violin", "vox": "Voice",
    "wood": "Woodblock", "xylo": "Xylophone",
}  # fmt: skip


def name_instrument(code: str) -> str:
    """Return the English name for the code of an instrument or voice, or ""."""
    return _NAMES.get(code, "")

