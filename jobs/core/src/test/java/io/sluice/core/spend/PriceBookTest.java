package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceBookTest {
    private final PriceBook prices = PriceBook.bundled();

    /** One line per row of the list: a million tokens of each class cost the list price. */
    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "claude-fable-5-1,           2026-11-01, 10,   12.50, 20,   0.25, 50",
        "claude-mythos-5-1,          2026-11-01, 10,   12.50, 20,   0.25, 50",
        "claude-opus-5-5,            2026-11-01, 4,    5,     8,    0.20, 20",
        "claude-sonnet-5-5,          2026-10-06, 2,    2.50,  4,    0.20, 10",
        "claude-sonnet-5-5,          2026-10-07, 2,    2.50,  4,    0.10, 10",
        "claude-fable-5,             2026-07-01, 10,   12.50, 20,   1.00, 50",
        "claude-mythos-5,            2026-07-01, 10,   12.50, 20,   1.00, 50",
        "claude-opus-5,              2026-08-01, 5,    6.25,  10,   0.50, 25",
        "claude-sonnet-5,            2026-08-01, 2,    2.50,  4,    0.20, 10",
        "claude-opus-4-8,            2026-06-01, 5,    6.25,  10,   0.50, 25",
        "claude-opus-4-7,            2026-05-01, 5,    6.25,  10,   0.50, 25",
        "claude-opus-4-6,            2026-03-01, 5,    6.25,  10,   0.50, 25",
        "claude-opus-4-5,            2026-01-01, 5,    6.25,  10,   0.50, 25",
        "claude-opus-4-5-20251101,   2026-01-01, 5,    6.25,  10,   0.50, 25",
        "claude-sonnet-4-6,          2026-03-01, 3,    3.75,  6,    0.30, 15",
        "claude-sonnet-4-5,          2026-01-01, 3,    3.75,  6,    0.30, 15",
        "claude-sonnet-4-5-20250929, 2026-01-01, 3,    3.75,  6,    0.30, 15",
        "claude-haiku-4-5,           2026-01-01, 1,    1.25,  2,    0.10, 5",
        "claude-haiku-4-5-20251001,  2026-01-01, 1,    1.25,  2,    0.10, 5",
        "claude-opus-4-1-20250805,   2025-09-01, 15,   18.75, 30,   1.50, 75",
        "claude-opus-4-20250514,     2025-06-01, 15,   18.75, 30,   1.50, 75",
        "claude-sonnet-4-20250514,   2025-06-01, 3,    3.75,  6,    0.30, 15",
        "claude-3-7-sonnet-20250219, 2025-03-01, 3,    3.75,  6,    0.30, 15",
        "claude-3-5-haiku-20241022,  2025-01-01, 0.80, 1,     1.60, 0.08, 4",
        "claude-3-5-sonnet-20241022, 2025-01-01, 3,    3.75,  6,    0.30, 15",
        "claude-3-5-sonnet-20240620, 2024-07-01, 3,    3.75,  6,    0.30, 15",
        "claude-3-opus-20240229,     2024-07-01, 15,   18.75, 30,   1.50, 75",
        "claude-3-haiku-20240307,    2024-07-01, 0.25, 0.30,  0.50, 0.03, 1.25",
    })
    void listPrices(
            String model, String day, double input, double write5m, double write1h, double read, double output) {
        assertThat(million(model, day, 1, 0, 0, 0, 0)).isEqualTo(micros(input));
        assertThat(million(model, day, 0, 1, 0, 0, 0)).isEqualTo(micros(write5m));
        assertThat(million(model, day, 0, 0, 1, 0, 0)).isEqualTo(micros(write1h));
        assertThat(million(model, day, 0, 0, 0, 1, 0)).isEqualTo(micros(read));
        assertThat(million(model, day, 0, 0, 0, 0, 1)).isEqualTo(micros(output));
    }

    @ParameterizedTest(name = "prompt {0}+{1}+{2}")
    @CsvSource({
        "100000, 0, 0,         10050",
        "100001, 0, 0,         50251",
        "1, 49999, 50000,      6800",
        "1, 50000, 50001,      34001",
    })
    void haikuFiveFiveStepsUpByTheSingleRequestsPrompt(long input, long read, long write, long expected) {
        assertThat(prices.price(request("claude-haiku-5-5", "2026-11-01", input, 100, read, write, 0, 0))
                        .micros())
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} at {1} fast")
    @CsvSource({
        "claude-opus-5-5, 2026-11-01, 8,  10,    0.40, 40",
        "claude-opus-5,   2026-11-01, 10, 12.50, 1.00, 50",
        "claude-opus-4-8, 2026-11-01, 10, 12.50, 1.00, 50",
        "claude-opus-4-7, 2026-07-23, 30, 37.50, 3.00, 150",
        "claude-opus-4-7, 2026-07-24, 5,  6.25,  0.50, 25",
        "claude-opus-4-6, 2026-02-06, 5,  6.25,  0.50, 25",
        "claude-opus-4-6, 2026-02-07, 30, 37.50, 3.00, 150",
        "claude-opus-4-6, 2026-06-29, 5,  6.25,  0.50, 25",
        "claude-sonnet-5-5, 2026-11-01, 2, 2.50, 0.10, 10",
    })
    void fastMode(String model, String day, double input, double write5m, double read, double output) {
        assertThat(fast(model, day, 1, 0, 0, 0)).isEqualTo(micros(input));
        assertThat(fast(model, day, 0, 1, 0, 0)).isEqualTo(micros(write5m));
        assertThat(fast(model, day, 0, 0, 1, 0)).isEqualTo(micros(read));
        assertThat(fast(model, day, 0, 0, 0, 1)).isEqualTo(micros(output));
    }

    @Test
    void batchHalvesAndIsNeverFast() {
        assertThat(prices.price(modified("claude-opus-5", 1_000_000, true, true, null, 0))
                        .micros())
                .isEqualTo(2_500_000);
    }

    @Test
    void residencyCostsATenthMoreFromFourSixOn() {
        assertThat(prices.price(modified("claude-opus-5", 1_000_000, false, false, "us", 0))
                        .micros())
                .isEqualTo(5_500_000);
        assertThat(prices.price(modified("claude-opus-5", 1_000_000, true, false, "us", 0))
                        .micros())
                .isEqualTo(11_000_000);
        assertThat(prices.price(modified("claude-opus-4-5", 1_000_000, false, false, "us", 0))
                        .micros())
                .isEqualTo(5_000_000);
        assertThat(prices.price(modified("claude-opus-5", 1_000_000, false, false, "", 0))
                        .micros())
                .isEqualTo(5_000_000);
    }

    @Test
    void webSearchesAreAddedPlain() {
        assertThat(prices.price(modified("claude-opus-5", 0, false, false, "us", 3))
                        .micros())
                .isEqualTo(30_000);
    }

    @ParameterizedTest
    @CsvSource({
        "claude-opus-4-5[1m]",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "global.anthropic.claude-opus-4-5-v1",
        "claude-opus-4-5@20251101",
        "CLAUDE-OPUS-4-5",
    })
    void spellingsOfOneModel(String spelling) {
        PriceBook.Price price = prices.price(modified(spelling, 1_000_000, false, false, null, 0));
        assertThat(price.micros()).isEqualTo(5_000_000);
        assertThat(price.unknownModel()).isFalse();
    }

    @Test
    void unknownModelTakesTheDefaultAndSaysSo() {
        PriceBook.Price price = prices.price(modified("claude-next-9", 1_000_000, false, false, null, 0));
        assertThat(price.micros()).isEqualTo(5_000_000);
        assertThat(price.unknownModel()).isTrue();
    }

    @Test
    void cacheWritesOfUnknownClassAreFiveMinuteWrites() {
        assertThat(prices.price(request("claude-opus-4-5", "2026-11-23", 1201, 322, 15000, 3000, 0, 0))
                        .micros())
                .isEqualTo(40_305);
    }

    private long million(String model, String day, int input, int write5m, int write1h, int read, int output) {
        long m = 1_000_000;
        return prices.price(request(
                        model, day, input * m, output * m, read * m, (write5m + write1h) * m, write5m * m, write1h * m))
                .micros();
    }

    private long fast(String model, String day, int input, int write5m, int read, int output) {
        long m = 1_000_000;
        return prices.price(new PriceBook.Request(
                        model,
                        at(day),
                        input * m,
                        output * m,
                        read * m,
                        write5m * m,
                        write5m * m,
                        0,
                        0,
                        true,
                        false,
                        null))
                .micros();
    }

    private static PriceBook.Request modified(
            String model, long input, boolean fast, boolean batch, @Nullable String geo, long searches) {
        return new PriceBook.Request(model, at("2026-11-01"), input, 0, 0, 0, 0, 0, searches, fast, batch, geo);
    }

    private static PriceBook.Request request(
            String model, String day, long input, long output, long read, long write, long write5m, long write1h) {
        return new PriceBook.Request(
                model, at(day), input, output, read, write, write5m, write1h, 0, false, false, null);
    }

    private static Instant at(String day) {
        return Instant.parse(day + "T00:00:00Z");
    }

    private static long micros(double usd) {
        return Math.round(usd * 1e6);
    }
}
