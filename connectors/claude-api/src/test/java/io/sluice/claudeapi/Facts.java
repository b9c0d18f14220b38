package io.sluice.claudeapi;

import io.sluice.testing.CodingFact;
import io.sluice.testing.UsageFact;
import io.sluice.testing.UsageFact.Tokens;
import io.sluice.testing.UsageFact.What;
import io.sluice.testing.UsageFact.Who;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What an organization did: known at once, late, revised or taken back, all within 29 days of its day. */
final class Facts {
    private static final List<String> PRODUCTS = List.of("claude_code", "chat", "cowork");
    private static final List<String> MODELS = List.of("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5");
    private static final Duration REVISED_UNTIL = Duration.ofDays(29);

    private final Random random;
    final List<UsageFact> usage = new ArrayList<>();
    final List<CodingFact> coding = new ArrayList<>();

    Facts(long seed, LocalDate first, int days) {
        random = new Random(seed);
        for (int day = 0; day < days; day++) {
            for (int i = 0; i < 25; i++) {
                usage(first.plusDays(day));
            }
            for (int i = 0; i < 8; i++) {
                coding(first.plusDays(day), i);
            }
        }
    }

    private Instant end(LocalDate day) {
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private Instant later(LocalDate day) {
        return end(day).plusSeconds((long) (random.nextDouble() * REVISED_UNTIL.toSeconds()));
    }

    private void usage(LocalDate day) {
        Who who = random.nextInt(10) == 0
                ? Who.key("apikey_0" + random.nextInt(2), "ci " + random.nextInt(2))
                : Who.user("user_0" + random.nextInt(6), "Dev" + random.nextInt(6) + "@example.com");
        if (who.userId() != null) {
            who = Who.user(who.userId(), "Dev" + who.userId().charAt(6) + "@example.com");
        }
        What what = What.of(any(PRODUCTS), any(MODELS));
        Instant from = random.nextInt(4) == 0 ? later(day) : end(day).minusSeconds(3600);
        switch (random.nextInt(5)) {
            case 0, 1 -> usage.add(fact(day, who, what, from, from.plusSeconds(3600L * (1 + random.nextInt(40)))));
            case 2 -> {
                Instant changed = later(day);
                usage.add(fact(day, who, what, from, changed));
                usage.add(fact(day, who, what, changed, null));
            }
            default -> usage.add(fact(day, who, what, from, null));
        }
    }

    private UsageFact fact(
            LocalDate day, Who who, What what, Instant from, @org.jspecify.annotations.Nullable Instant until) {
        BigDecimal list = BigDecimal.valueOf(random.nextInt(10_000_000), 4);
        return new UsageFact(
                day,
                who,
                what,
                new Tokens(number(), number(), number(), number(), number(), random.nextInt(5)),
                1 + random.nextInt(50),
                list.multiply(new BigDecimal("0.8")),
                list,
                from,
                until);
    }

    private void coding(LocalDate day, int user) {
        Who who = user == 7 ? Who.key("apikey_00", "ci") : Who.user("user_0" + user, "Dev" + user + "@example.com");
        Instant changed = later(day);
        boolean revised = random.nextInt(3) == 0;
        Instant from = random.nextInt(4) == 0 ? later(day) : end(day).minusSeconds(3600);
        coding.add(coding(day, who, from, revised ? changed : null));
        if (revised && random.nextBoolean()) {
            coding.add(coding(day, who, changed, null));
        }
    }

    private CodingFact coding(LocalDate day, Who who, Instant from, @org.jspecify.annotations.Nullable Instant until) {
        return new CodingFact(
                day,
                who,
                who.userId() == null ? "api" : "subscription",
                who.userId() == null ? null : "enterprise",
                "vscode",
                false,
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                List.of(new CodingFact.ModelUse(
                        any(MODELS),
                        number(),
                        number(),
                        number(),
                        number(),
                        BigDecimal.valueOf(random.nextInt(100_000), 2))),
                from,
                until);
    }

    private long number() {
        return random.nextInt(100_000);
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
