package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinesTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void linesOfAnyLengthInChunksOfAnySize(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            int length = random.nextInt(10) == 0 ? random.nextInt(300_000) : random.nextInt(40);
            expected.add(random.ints(length, 0, 90)
                    .mapToObj(c -> String.valueOf((char) (c + '#')))
                    .collect(Collectors.joining()));
        }
        Lines lines = new Lines(1 << 20);
        lines.open(chunks(String.join("\n", expected) + "\n", random));
        assertThat(texts(lines)).as("seed %d", seed).containsExactlyElementsOf(expected);
        assertThat(lines.number()).isEqualTo(expected.size());
    }

    @Test
    void theLastLineMayBeWithoutLineFeed() throws IOException {
        Lines lines = open("a\n\nb", 100);
        assertThat(lines.advance()).isTrue();
        assertThat(lines.ended()).isTrue();
        assertThat(lines.advance()).isTrue();
        assertThat(lines.blank()).isTrue();
        assertThat(lines.advance()).isTrue();
        assertThat(lines.ended()).isFalse();
        assertThat(text(lines)).isEqualTo("b");
        assertThat(lines.advance()).isFalse();
    }

    @Test
    void aLineAboveTheBoundIsSkipped() throws IOException {
        Lines lines = open("0123456789\n01234567890\nshort\n" + "x".repeat(1_000_000) + "\nend", 10);
        assertThat(texts(lines)).containsExactly("0123456789", "too long", "short", "too long", "end");
    }

    @Test
    void whiteSpaceAndNulBytesAreBlank() throws IOException {
        Lines lines = open(" \t\r\n\0\0\0\n\u00e9\n", 100);
        List<Boolean> blank = new ArrayList<>();
        while (lines.advance()) {
            blank.add(lines.blank());
        }
        assertThat(blank).containsExactly(true, true, false);
    }

    @Test
    void oneStreamAfterAnother() throws IOException {
        Lines lines = open("a\nunread\n", 100);
        lines.advance();
        lines.open(new ByteArrayInputStream("b\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(texts(lines)).containsExactly("b");
        assertThat(lines.number()).isEqualTo(1);
    }

    private static Lines open(String text, int maxBytes) {
        Lines lines = new Lines(maxBytes);
        lines.open(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        return lines;
    }

    private static List<String> texts(Lines lines) throws IOException {
        List<String> texts = new ArrayList<>();
        while (lines.advance()) {
            texts.add(lines.tooLong() ? "too long" : text(lines));
        }
        return texts;
    }

    private static String text(Lines lines) {
        return new String(lines.buffer(), lines.start(), lines.length(), StandardCharsets.UTF_8);
    }

    /** Reads return as many bytes as they like. */
    private static InputStream chunks(String text, Random random) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 1 + random.nextInt(70_000)));
            }
        };
    }
}
