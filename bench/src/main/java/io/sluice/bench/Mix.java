package io.sluice.bench;

/** Bijective mixing of 64 bits, by the finalizer of SplitMix64. */
final class Mix {
    private Mix() {}

    static long of(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
