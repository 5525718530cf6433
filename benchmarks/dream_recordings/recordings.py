"""Twenty synthetic recordings of five kinds: washing machines, speech-like voices, rain, birds and traffic.

Recordings of the world would each need a license to be given away with this repository, so these are made from what is
known of such sounds: harmonics of the mains and of motors, noise through resonances, damped knocks, frequency sweeps.
Each is a function of its random generator alone. Loudness and spectrum move independently, as they do in the world: a
spinning drum is bright and loud, knocks are loud and dull, a distant siren bright and soft.
"""

import numpy as np

RATE = 22_050  # Hz
KINDS = ("washing machine", "speech", "rain", "birds", "traffic")


def recordings(per_kind=4, seed=0):
    """Yield (kind, number, samples (T,)) of every recording."""
    makers = (washing_machine, speech, rain, birds, traffic)
    for at, (kind, make) in enumerate(zip(KINDS, makers, strict=True)):
        for number in range(per_kind):
            samples = make(np.random.default_rng((seed, at, number)))
            yield kind, number + 1, (0.9 * samples / np.abs(samples).max()).astype(np.float32)


def noise(rng, size, low, high, slope=0.0):
    """Noise between two frequencies in Hz, its spectrum falling by `slope` in powers of frequency; RMS 1."""
    spectrum = rng.normal(size=size // 2 + 1) + 1j * rng.normal(size=size // 2 + 1)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum *= (hertz >= low) * (hertz <= high) * np.maximum(hertz, 20.0) ** -slope
    wave = np.fft.irfft(spectrum, size)
    return wave / wave.std()


def curve(rng, seconds, every, low, high):
    """A smooth random curve between two values, a new one about `every` seconds, one value a sample."""
    count = max(int(seconds / every), 1) + 2
    return np.interp(np.arange(int(seconds * RATE)) / RATE, np.arange(count) * every, rng.uniform(low, high, count))


def tone(hertz, harmonics, falling=1.0):
    """A harmonic tone of a frequency curve (T,) in Hz; harmonic k has the amplitude k ** -falling."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return sum(k**-falling * np.sin(k * phase) * (k * hertz < RATE / 2.2) for k in range(1, harmonics + 1))


def add(wave, sound, second):
    """Add a sound to a wave from a second on, cut at the end."""
    start = int(second * RATE)
    stop = min(start + len(sound), len(wave))
    if start < stop:
        wave[start:stop] += sound[: stop - start]


def knock(rng, hertz, seconds=0.25):
    """A damped resonance with a click at its start."""
    time = np.arange(int(seconds * RATE)) / RATE
    body = np.sin(2 * np.pi * hertz * time) + 0.5 * np.sin(2 * np.pi * 2.76 * hertz * time)
    return body * np.exp(-time / 0.05) + 0.3 * rng.normal(size=len(time)) * np.exp(-time / 0.004)


def washing_machine(rng):
    """Water runs in; the drum turns, sloshes, knocks and pauses; it spins up, brighter and louder, and coasts."""
    seconds = float(rng.uniform(30, 42))
    size, mains = int(seconds * RATE), np.full(int(seconds * RATE), 50.0)
    time = np.arange(size) / RATE
    fill, spin = 0.15 * seconds, float(rng.uniform(0.6, 0.7)) * seconds
    wave = 0.05 * tone(mains, 6, 0.7)
    wave += 0.12 * noise(rng, size, 800, 6000) * (time < fill) * np.minimum(time / 1.5, 1)
    turn = float(rng.uniform(0.75, 1.1))  # turns a second
    washing = (time >= fill) & (time < spin) & ((time - fill) % 9.0 < 6.5)
    slosh = np.maximum(np.sin(2 * np.pi * turn * time), 0) ** 2
    wave += 0.3 * noise(rng, size, 150, 1500, 0.5) * slosh * washing
    for second in np.arange(fill, spin, 1 / turn):
        if washing[int(second * RATE)] and rng.random() < 0.8:
            add(wave, rng.uniform(0.4, 1.0) * knock(rng, rng.uniform(70, 130)), second + 0.25 / turn)
    spinning = np.clip((time - spin) / 5, 0, 1) * np.clip((seconds - time) / 4, 0, 1)
    wave += spinning * (0.35 * tone(80 + 620 * spinning, 8, 0.8) + 0.2 * noise(rng, size, 500, 7000))
    return wave


def speech(rng):
    """Syllables of gliding pitch through three moving formants, with fricatives, in phrases with pauses."""
    seconds = float(rng.uniform(24, 36))
    wave = 0.002 * noise(rng, int(seconds * RATE), 50, 8000)
    base, second = float(rng.uniform(95, 210)), 0.5
    while second < seconds - 1:
        force = float(rng.uniform(0.15, 1.0))  # of a phrase
        for _ in range(rng.integers(4, 12)):
            length = float(rng.uniform(0.12, 0.3))
            if rng.random() < 0.3:
                hiss = noise(rng, int(0.1 * RATE), rng.uniform(1800, 4000), 9000)
                add(wave, 0.15 * force * hiss * np.hanning(len(hiss)), second)
                second += 0.08
            add(wave, force * syllable(rng, base * (1 + 0.25 * force), length), second)
            second += length * rng.uniform(0.9, 1.2)
        second += float(rng.uniform(0.4, 1.6))
    return wave


def syllable(rng, hertz, seconds):
    """A vowel: a harmonic tone through three resonances."""
    size = int(seconds * RATE)
    wave = tone(np.linspace(hertz * 1.1, hertz * rng.uniform(0.8, 1.0), size), 30, 1.0)
    spectrum, bins = np.fft.rfft(wave), np.fft.rfftfreq(size, 1 / RATE)
    vowel = np.array([(700, 1200, 2600), (300, 2300, 3000), (400, 800, 2400), (500, 1800, 2500)][rng.integers(4)])
    gain = sum(1 / (1 + ((bins - formant) / 90) ** 2) for formant in vowel)
    shaped = np.fft.irfft(spectrum * gain, size) * np.hanning(size) ** 0.5
    return shaped / np.abs(shaped).max()


def rain(rng):
    """Rain in gusts of changing force and color, drops on a sill, and far thunder."""
    seconds = float(rng.uniform(26, 40))
    size = int(seconds * RATE)
    force, bright = curve(rng, seconds, 3.0, -26, 0), curve(rng, seconds, 4.0, 0, 1)
    high, low = noise(rng, size, 1500, 10_000), noise(rng, size, 100, 2500, 0.5)
    wave = 10 ** (force / 20) * (bright * high + (1 - bright) * low)
    for second in np.cumsum(rng.exponential(0.3, int(3 * seconds))):
        if second < seconds:
            add(wave, rng.uniform(0.2, 1.2) * knock(rng, rng.uniform(600, 2500), 0.1), second)
    for second in rng.uniform(0, seconds, 2):
        length = float(rng.uniform(3, 6))
        rumble = noise(rng, int(length * RATE), 25, 180, 0.5)
        add(wave, 2.5 * rumble * np.exp(-np.arange(len(rumble)) / RATE / (length / 4)), second)
    return wave


def birds(rng):
    """Songs of repeated sweeps, each bird of its own register, distance and rhythm, over wind."""
    seconds = float(rng.uniform(24, 38))
    size = int(seconds * RATE)
    wave = 10 ** (curve(rng, seconds, 5.0, -38, -24) / 20) * noise(rng, size, 80, 900, 1.0)
    for _ in range(4):
        hertz, near, second = float(rng.uniform(1200, 6000)), float(rng.uniform(0.1, 0.8)), float(rng.uniform(0, 5))
        while second < seconds:
            step, length = float(rng.uniform(0.1, 0.3)), float(rng.uniform(0.05, 0.15))
            for at in range(rng.integers(3, 14)):
                sweep = np.linspace(hertz, hertz * rng.uniform(0.7, 1.4), int(length * RATE))
                add(wave, near * tone(sweep, 2, 2.0) * np.hanning(len(sweep)), second + at * step)
            second += float(rng.uniform(4, 10))
    return wave


def traffic(rng):
    """Cars and lorries that pass: engines by Doppler's law, tires, a horn or a siren, over a city's rumble."""
    seconds = float(rng.uniform(28, 42))
    size = int(seconds * RATE)
    time = np.arange(size) / RATE
    wave = 0.03 * noise(rng, size, 30, 400, 0.7)
    for second in np.arange(rng.uniform(1, 4), seconds, rng.uniform(4, 7)):
        speed, distance, engine = rng.uniform(8, 22), rng.uniform(4, 12), rng.uniform(35, 110)
        away = np.hypot(speed * (time - second), distance)
        doppler = 1 / (1 + np.gradient(away, time) / 343)
        near = distance / away
        heavy = rng.random() < 0.4
        wave += near**1.5 * (0.6 if heavy else 0.25) * tone(engine * doppler * (0.6 if heavy else 1), 14, 0.8)
        wave += near**2 * (0.15 if heavy else 0.35) * noise(rng, size, 400, 5000, 0.3)
    if rng.random() < 0.6:
        start = float(rng.uniform(0.2, 0.7)) * seconds
        horn = tone(np.full(int(rng.uniform(0.6, 1.5) * RATE), 415.0), 8, 0.4)
        add(wave, 0.3 * horn, start)
    return wave
