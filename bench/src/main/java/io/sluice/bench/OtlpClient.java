package io.sluice.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Posts requests over HTTP/1.1 on connections that stay open, one request at a time on each. One thread and ready-made
 * bytes: the client has to leave the processors to the server.
 */
final class OtlpClient {
    private static final int LONGEST_ANSWER = 64 * 1024;
    private static final long PATIENCE_MILLIS = 30_000;
    private static final Pattern CONTENT_LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");
    private static final String OK = "HTTP/1.1 200 ";

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
                    SocketChannel channel = SocketChannel.open(server);
                    channel.configureBlocking(false);
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    pass.next(channel.register(selector, 0, new Connection(channel)));
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

    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer answer = ByteBuffer.allocate(LONGEST_ANSWER);
        private ByteBuffer request = ByteBuffer.allocate(0);

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        /** Whether an answer is there as a whole. */
        boolean answered() throws IncorrectException {
            String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n");
            if (head < 0) {
                return false;
            }
            Matcher length = CONTENT_LENGTH.matcher(text.substring(0, head).toLowerCase(Locale.ROOT));
            if (!text.startsWith(OK) || !length.find()) {
                throw new IncorrectException(
                        "answer: " + text.lines().findFirst().orElse("") + " (expected: " + OK + "with a length)");
            }
            return answer.position() >= head + 4 + Integer.parseInt(length.group(1));
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
            Connection connection = (Connection) key.attachment();
            if (sent == total) {
                key.interestOps(0);
                return;
            }
            connection.request = requests.get((int) (sent++ % requests.size())).duplicate();
            connection.answer.clear();
            write(key, connection);
        }

        private void write(SelectionKey key, Connection connection) throws IOException {
            connection.channel.write(connection.request);
            key.interestOps(connection.request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        void proceed(SelectionKey key) throws IOException, IncorrectException {
            Connection connection = (Connection) key.attachment();
            if (key.isWritable()) {
                write(key, connection);
            } else if (connection.channel.read(connection.answer) < 0) {
                throw new EOFException("server: closed a connection");
            } else if (connection.answered()) {
                acknowledged++;
                next(key);
            }
        }
    }
}
