package io.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests over HTTP/1.1 at a rate, whether or not earlier ones are answered: how long one took counts from when it
 * was due, so that a server that stops for a while does not hide what it held up. One thread.
 */
final class PacedClient {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** What is sent, and what becomes of it. Called by the thread that sends. */
    interface Exchange {
        /** Head and body of one, counted from 0. */
        ByteBuffer request(int index) throws IOException;

        /**
         * It is answered with 200.
         *
         * @param due when it was to be sent; both as {@link System#nanoTime}
         * @throws IncorrectException if the answer is wrong
         */
        void answered(int index, long due, long at, String body) throws IOException, IncorrectException;
    }

    private final InetSocketAddress server;
    private final int connections;

    /** @param connections requests on their way at most; those that are due besides wait, and their time runs */
    PacedClient(int port, int connections) {
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.connections = connections;
    }

    private record Sent(int index, long due) {}

    /**
     * Returns when all are answered.
     *
     * @throws IncorrectException if one is answered with anything but 200, or not at all
     */
    void run(double perSecond, int count, Exchange exchange) throws IOException, IncorrectException {
        try (Selector selector = Selector.open()) {
            try {
                new Pass(selector, perSecond, count, exchange).run();
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private final class Pass {
        private final Selector selector;
        private final double nanosEach;
        private final int count;
        private final Exchange exchange;
        private final ArrayDeque<SelectionKey> idle = new ArrayDeque<>();
        private final Map<SelectionKey, Sent> sent = new IdentityHashMap<>();
        private int next;

        Pass(Selector selector, double perSecond, int count, Exchange exchange) throws IOException {
            this.selector = selector;
            this.nanosEach = TimeUnit.SECONDS.toNanos(1) / perSecond;
            this.count = count;
            this.exchange = exchange;
            for (int i = 0; i < connections; i++) {
                idle.add(HttpConnection.open(server, selector));
            }
        }

        void run() throws IOException, IncorrectException {
            long started = System.nanoTime();
            long answeredAt = started;
            while (next < count || !sent.isEmpty()) {
                long now = System.nanoTime();
                long due = started + (long) (next * nanosEach);
                while (next < count && due <= now && !idle.isEmpty()) {
                    begin(due);
                    due = started + (long) (next * nanosEach);
                }
                boolean mustWait = next == count || idle.isEmpty();
                if (select(mustWait ? PATIENCE_NANOS : due - System.nanoTime()) > 0) {
                    answeredAt = System.nanoTime();
                    for (SelectionKey key : selector.selectedKeys()) {
                        proceed(key);
                    }
                    selector.selectedKeys().clear();
                } else if (!sent.isEmpty() && System.nanoTime() - answeredAt > PATIENCE_NANOS) {
                    throw new IncorrectException("server: no answer within 30 s");
                }
            }
        }

        /** A selector counts whole milliseconds: shorter than that it is asked often instead. */
        private int select(long nanos) throws IOException {
            if (nanos >= MILLI) {
                return selector.select(nanos / MILLI);
            }
            int ready = selector.selectNow();
            if (ready == 0 && nanos > 0) {
                LockSupport.parkNanos(Math.min(nanos, PAUSE_NANOS));
            }
            return ready;
        }

        private void begin(long due) throws IOException {
            SelectionKey key = idle.remove();
            HttpConnection connection = (HttpConnection) key.attachment();
            connection.begin(exchange.request(next));
            sent.put(key, new Sent(next, due));
            next++;
            connection.write(key);
        }

        private void proceed(SelectionKey key) throws IOException, IncorrectException {
            HttpConnection connection = (HttpConnection) key.attachment();
            if (key.isWritable()) {
                connection.write(key);
            } else if (connection.read()) {
                Sent done = sent.remove(key);
                key.interestOps(0);
                idle.add(key);
                if (done == null) {
                    throw new IncorrectException("server: answered what nobody asked");
                }
                exchange.answered(done.index(), done.due(), System.nanoTime(), connection.body());
            }
        }
    }
}
