package io.sluice.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Ids of caps as the API has them: {@code spl_user:kim@example.com:monthly}. They follow from the scope and the period, and
 * need no escape in a URL: what would is written as {@code ~} and two hexadecimal digits for each byte of its UTF-8.
 */
final class CapIds {
    private static final String PREFIX = "spl_";
    private static final String PLAIN = "-_.@+";

    private CapIds() {}

    /** @param capId see {@link io.sluice.core.caps.Caps#id} */
    static String external(String capId) {
        int first = capId.indexOf('|');
        int last = capId.lastIndexOf('|');
        return PREFIX
                + capId.substring(0, first)
                + ':'
                + escaped(capId.substring(first + 1, last))
                + ':'
                + capId.substring(last + 1);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xFF);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (plain || PLAIN.indexOf(c) >= 0) {
                escaped.append(c);
            } else {
                escaped.append('~').append(HexFormat.of().withUpperCase().toHexDigits(each));
            }
        }
        return escaped.toString();
    }

    /** The id of the cap; of a text that is none, one that no cap has. */
    static String internal(String external) {
        int first = external.indexOf(':');
        int last = external.lastIndexOf(':');
        if (!external.startsWith(PREFIX) || first == last) {
            return "";
        }
        return external.substring(PREFIX.length(), first)
                + '|'
                + unescaped(external.substring(first + 1, last))
                + '|'
                + external.substring(last + 1);
    }

    private static String unescaped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '~'
                    && i + 2 < text.length()
                    && HexFormat.isHexDigit(text.charAt(i + 1))
                    && HexFormat.isHexDigit(text.charAt(i + 2))) {
                bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(text.charAt(i)).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
