package io.sluice.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Slows down whoever tries tokens: after ten that were wrong, an address is refused for the rest of the minute, before a
 * token is looked at, so that not even the right one would be noticed.
 *
 * <p>Only tokens that were accepted from the very same address before go on: else one machine with an old token would
 * stop the telemetry of everybody behind the same router or proxy.
 */
final class GuessGuard {
    static final int MOST_FAILURES = 10;
    private static final long WINDOW_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /** Addresses with failures that are kept; beyond it the oldest is forgotten. */
    static final int MOST_ADDRESSES = 10_000;

    /** Pairs of address and token that are kept, in each of two halves. */
    private static final int MOST_ACCEPTED = 10_000;

    private static final class Window {
        private final long start;
        private int failures;

        Window(long start) {
            this.start = start;
        }
    }

    private record Accepted(long network, String hash) {}

    private final Clock clock;
    private final Consumer<String> onFailure;
    private final Consumer<String> onRefusal;

    /** Oldest first; guarded by itself. */
    private final Map<Long, Window> windows = new LinkedHashMap<>();

    /** By network, the end of the window in which it is refused. Part of {@link #windows}, to be read without a lock. */
    private final Map<Long, Long> refusedUntil = new ConcurrentHashMap<>();

    private volatile Set<Accepted> accepted = ConcurrentHashMap.newKeySet();
    private volatile Set<Accepted> acceptedBefore = Set.of();

    /**
     * @param onFailure told the address of everybody without a valid token
     * @param onRefusal told the address of every request that is refused for it
     */
    GuessGuard(Clock clock, Consumer<String> onFailure, Consumer<String> onRefusal) {
        this.clock = clock;
        this.onFailure = onFailure;
        this.onRefusal = onRefusal;
    }

    /** @throws Refusal RATE_LIMITED when the address has guessed too often and this token was never accepted from it */
    void check(InetAddress remote, String hash) {
        if (refusedUntil.isEmpty()) {
            return;
        }
        long network = network(remote);
        Long until = refusedUntil.get(network);
        if (until == null) {
            return;
        }
        long left = until - clock.millis();
        // More than a window is left only if the clock was set back.
        if (left <= 0 || left > WINDOW_MILLIS) {
            refusedUntil.remove(network, until);
            return;
        }
        Accepted pair = new Accepted(network, hash);
        if (accepted.contains(pair) || acceptedBefore.contains(pair)) {
            return;
        }
        onRefusal.accept(name(remote));
        throw new Refusal(
                        Refusal.Kind.RATE_LIMITED, "too many failed authentications from this address, try again later")
                .retryAfter(TimeUnit.MILLISECONDS.toSeconds(left + 999));
    }

    /** Somebody came without any token: no guess, but to be told. */
    void unauthenticated(InetAddress remote) {
        onFailure.accept(name(remote));
    }

    /** Somebody came with a wrong token. */
    void failed(InetAddress remote) {
        long network = network(remote);
        long now = clock.millis();
        synchronized (windows) {
            Window window = windows.get(network);
            if (window == null || now - window.start >= WINDOW_MILLIS || now < window.start) {
                windows.remove(network);
                window = new Window(now);
                windows.put(network, window);
            }
            if (++window.failures >= MOST_FAILURES) {
                refusedUntil.put(network, window.start + WINDOW_MILLIS);
            }
            if (windows.size() > MOST_ADDRESSES) {
                Long oldest = windows.keySet().iterator().next();
                windows.remove(oldest);
                refusedUntil.remove(oldest);
            }
        }
        onFailure.accept(name(remote));
    }

    void succeeded(InetAddress remote, String hash) {
        Accepted pair = new Accepted(network(remote), hash);
        Set<Accepted> now = accepted;
        if (now.contains(pair)) {
            return;
        }
        if (now.size() >= MOST_ACCEPTED) {
            // Two requests may both turn the page: then some pairs are forgotten early, which does no harm.
            acceptedBefore = now;
            now = ConcurrentHashMap.newKeySet();
            accepted = now;
        }
        now.add(pair);
    }

    /** Addresses of which something is kept. */
    int size() {
        synchronized (windows) {
            return windows.size();
        }
    }

    /** An IPv4 address, or the /64 of an IPv6 one: whoever has one address of it has all of them. */
    private static long network(InetAddress remote) {
        byte[] bytes = remote.getAddress();
        if (bytes.length == 4) {
            // No /64 begins like this: the block of embedded IPv4 addresses has zeros in its first 64 bits.
            return 0x0000_FFFF_0000_0000L | ByteBuffer.wrap(bytes).getInt() & 0xFFFF_FFFFL;
        }
        return ByteBuffer.wrap(bytes).getLong();
    }

    /** As the audit shows it. */
    private static String name(InetAddress remote) {
        if (remote instanceof Inet6Address) {
            HexFormat hex = HexFormat.of();
            byte[] bytes = remote.getAddress();
            return hex.formatHex(bytes, 0, 2) + ':' + hex.formatHex(bytes, 2, 4) + ':' + hex.formatHex(bytes, 4, 6)
                    + ':' + hex.formatHex(bytes, 6, 8) + "::/64";
        }
        return remote.getHostAddress();
    }
}
