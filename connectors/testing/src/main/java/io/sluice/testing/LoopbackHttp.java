package io.sluice.testing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The JDK's HTTP server, without what makes it slow. */
final class LoopbackHttp {
    static {
        // Head and body of an answer are two packets: without this the second waits 40 ms for an acknowledgement. It is
        // read
        // once in a process, when the first server is made.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private LoopbackHttp() {}

    /** On a free port. */
    static HttpServer create() throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }
}
