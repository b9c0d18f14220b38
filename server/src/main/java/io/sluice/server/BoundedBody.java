package io.sluice.server;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/**
 * A request body that ends in a refusal when it grows too long, checked while it is decompressed: a small body that
 * decompresses to a huge one costs no more than the limit.
 */
final class BoundedBody extends FilterInputStream {
    /** Larger than the default 512 bytes: fewer calls into the inflater. */
    private static final int INFLATE_BUFFER = 16 * 1024;

    private final long limit;
    private final ByteBudget.Lease lease;
    private long count;

    /**
     * Begins to decompress.
     *
     * @param limit of the decompressed bytes
     * @param lease grows with the decompressed bytes
     * @throws IOException when the body does not begin as gzip does
     */
    BoundedBody(byte[] gzip, long limit, ByteBudget.Lease lease) throws IOException {
        super(new GZIPInputStream(new ByteArrayInputStream(gzip), INFLATE_BUFFER));
        this.limit = limit;
        this.lease = lease;
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        if (b >= 0) {
            counted(1);
        }
        return b;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        int n = super.read(b, off, len);
        if (n > 0) {
            counted(n);
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = super.skip(n);
        counted(skipped);
        return skipped;
    }

    private void counted(long bytes) {
        count += bytes;
        if (count > limit) {
            throw new Refusal(Refusal.Kind.TOO_LARGE, tooLarge(limit));
        }
        lease.growTo(count);
    }

    static String tooLarge(long limit) {
        return "body: more than " + limit + " bytes (expected: at most " + limit + ", also after decompression)";
    }
}
