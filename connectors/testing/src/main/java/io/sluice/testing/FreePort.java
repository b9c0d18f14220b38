package io.sluice.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Picks loopback ports for servers that must keep theirs over a restart. */
public final class FreePort {
    /** Below the range from which Linux and macOS take ports for outgoing connections: none is lost to a client. */
    private static final int FIRST = 20_000;

    private static final int END = 32_000;

    private FreePort() {}

    /** A port of 127.0.0.1 that nobody listened on a moment ago. */
    public static int next() throws IOException {
        IOException last = new IOException("no port tried");
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                last = e;
            }
        }
        throw new IOException("port: none of 100 tried is free (expected: one in " + FIRST + " to " + END + ")", last);
    }
}
