package io.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Posts requests over HTTP/1.1 on connections that stay open, one request at a time on each. One thread and ready-made
 * bytes: the client has to leave the processors to the server.
 */
final class OtlpClient {
    private static final long PATIENCE_MILLIS = 30_000;

    private final List<ByteBuffer> requests;
    private final InetSocketAddress server;
    private final int connections;

    /** @param connections 1 or more */
    OtlpClient(List<OtlpLoad.Request> requests, int port, int connections) {
        this.requests = requests.stream().map(OtlpClient::withHead).toList();
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.connections = connections;
    }

    private static ByteBuffer withHead(OtlpLoad.Request request) {
        byte[] head = ("POST /v1/" + request.signal().name().toLowerCase(Locale.ROOT)
                        + " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-protobuf\r\ncontent-length: "
                        + request.body().length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(head.length + request.body().length)
                .put(head)
                .put(request.body())
                .flip()
                .asReadOnlyBuffer();
    }

    /**
     * Sends each request so many times, and returns when the last one is acknowledged.
     *
     * @throws IncorrectException if one is answered with anything but 200
     */
    void send(int times) throws IOException, IncorrectException {
        Pass pass = new Pass((long) times * requests.size());
        try (Selector selector = Selector.open()) {
            try {
                for (int i = 0; i < connections; i++) {
                    pass.next(HttpConnection.open(server, selector));
                }
                while (pass.acknowledged < pass.total) {
                    if (selector.select(PATIENCE_MILLIS) == 0) {
                        throw new IncorrectException("server: no answer within " + PATIENCE_MILLIS + " ms");
                    }
                    for (SelectionKey key : selector.selectedKeys()) {
                        pass.proceed(key);
                    }
                    selector.selectedKeys().clear();
                }
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private final class Pass {
        private final long total;
        private long sent;
        private long acknowledged;

        Pass(long total) {
            this.total = total;
        }

        void next(SelectionKey key) throws IOException {
            HttpConnection connection = (HttpConnection) key.attachment();
            if (sent == total) {
                key.interestOps(0);
                return;
            }
            connection.begin(requests.get((int) (sent++ % requests.size())).duplicate());
            connection.write(key);
        }

        void proceed(SelectionKey key) throws IOException, IncorrectException {
            HttpConnection connection = (HttpConnection) key.attachment();
            if (key.isWritable()) {
                connection.write(key);
            } else if (connection.read()) {
                acknowledged++;
                next(key);
            }
        }
    }
}
