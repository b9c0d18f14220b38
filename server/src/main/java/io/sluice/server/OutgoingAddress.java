package io.sluice.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which addresses this server may send to on somebody's word: public ones, so that nobody reaches through it what only it
 * can reach (cloud metadata, neighbours on a private net).
 */
final class OutgoingAddress {
    private static final int LONGEST_URL = 2048;
    /** Of such a text no server of names is asked. */
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** An address range: the bits of {@code address} before {@code prefix}. */
    private record Range(byte[] address, int prefix) {
        static Range of(String text) {
            int slash = text.indexOf('/');
            return new Range(
                    literal(text.substring(0, slash)).orElseThrow().getAddress(),
                    Integer.parseInt(text.substring(slash + 1)));
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** All of IPv4 but this is public. From the registries of special-purpose addresses (RFC 6890). */
    private static final List<Range> SPECIAL_4 = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** Nothing of IPv6 but this is public, */
    private static final Range GLOBAL_6 = Range.of("2000::/3");

    /** and of it not this: protocol assignments (Teredo, ORCHID), documentation, 6to4 with an IPv4 address inside. */
    private static final List<Range> SPECIAL_6 = ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    private OutgoingAddress() {}

    private static List<Range> ranges(String... texts) {
        return Arrays.stream(texts).map(Range::of).toList();
    }

    /** Addresses of IPv6 with an IPv4 address inside are not public: they are of no use to an honest receiver. */
    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address
                ? SPECIAL_4.stream().noneMatch(range -> range.contains(bytes))
                : GLOBAL_6.contains(bytes) && SPECIAL_6.stream().noneMatch(range -> range.contains(bytes));
    }

    /**
     * What is wrong with a URL, as far as it can be told without asking for its name; without the URL, which may carry a
     * secret. Empty: nothing.
     */
    static Optional<String> problem(URI url, boolean allowLoopback) {
        String host = host(url);
        boolean loopback = allowLoopback && isLoopbackName(host);
        if (!"https".equals(url.getScheme()) && !loopback) {
            return Optional.of("not https (expected: https://…; http only of this machine, where that is allowed)");
        }
        if (url.toString().length() > LONGEST_URL || url.getRawFragment() != null) {
            return Optional.of(
                    "too long, or with a fragment (expected: at most " + LONGEST_URL + " characters without #)");
        }
        if (!loopback && literal(host).filter(address -> !isPublic(address)).isPresent()) {
            return Optional.of("not a public address (expected: a receiver on the internet)");
        }
        return Optional.empty();
    }

    /** Without the brackets of IPv6. */
    static String host(URI url) {
        String host = String.valueOf(url.getHost());
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static boolean isLoopbackName(String host) {
        return host.toLowerCase(Locale.ROOT).equals("localhost")
                || literal(host).filter(InetAddress::isLoopbackAddress).isPresent();
    }

    /** An address written as such; empty: a name. */
    private static Optional<InetAddress> literal(String host) {
        if (!LITERAL.matcher(host).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /**
     * The address to connect to, asked for anew and checked. A name is refused when any of its addresses is: which of them is
     * used would be chance.
     *
     * @throws UnknownHostException when there is none, or it must not be used
     */
    static InetAddress resolve(String host, boolean allowLoopback) throws UnknownHostException {
        boolean loopback = allowLoopback && isLoopbackName(host);
        InetAddress[] addresses = InetAddress.getAllByName(host);
        for (InetAddress address : addresses) {
            if (loopback ? !address.isLoopbackAddress() : !isPublic(address)) {
                throw new UnknownHostException(
                        "host: has an address that is not public (expected: a receiver on the" + " internet)");
            }
        }
        return addresses[0];
    }
}
