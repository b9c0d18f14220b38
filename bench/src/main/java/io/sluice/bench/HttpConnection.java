package io.sluice.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection of HTTP/1.1 that stays open, with one request on its way at most. Attached to its key. */
final class HttpConnection {
    private static final int LONGEST_ANSWER = 64 * 1024;
    private static final Pattern CONTENT_LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");
    private static final String OK = "HTTP/1.1 200 ";
    private static final String END_OF_HEAD = "\r\n\r\n";

    private final SocketChannel channel;
    private final ByteBuffer answer = ByteBuffer.allocate(LONGEST_ANSWER);
    private ByteBuffer request = ByteBuffer.allocate(0);

    private HttpConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /** Registered, and interested in nothing yet. */
    static SelectionKey open(InetSocketAddress server, Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open(server);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel.register(selector, 0, new HttpConnection(channel));
    }

    /** @param whole head and body */
    void begin(ByteBuffer whole) {
        request = whole;
        answer.clear();
    }

    /** Sends what can be sent, and has the key say what is next. */
    void write(SelectionKey key) throws IOException {
        channel.write(request);
        key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /**
     * Whether the answer is there as a whole.
     *
     * @throws IncorrectException if it is anything but 200
     */
    boolean read() throws IOException, IncorrectException {
        if (channel.read(answer) < 0) {
            throw new EOFException("server: closed a connection");
        }
        String text = text();
        int head = text.indexOf(END_OF_HEAD);
        if (head < 0) {
            return false;
        }
        Matcher length = CONTENT_LENGTH.matcher(text.substring(0, head).toLowerCase(Locale.ROOT));
        if (!text.startsWith(OK) || !length.find()) {
            throw new IncorrectException(
                    "answer: " + text.lines().findFirst().orElse("") + " (expected: " + OK + "with a length)");
        }
        return answer.position() >= head + END_OF_HEAD.length() + Integer.parseInt(length.group(1));
    }

    /** Of the answer. */
    String body() {
        String text = text();
        return text.substring(text.indexOf(END_OF_HEAD) + END_OF_HEAD.length());
    }

    private String text() {
        return new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    }
}
