package io.sluice.simulator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What to simulate. The same options give the same bytes.
 *
 * @param users at least 1
 * @param days how many days of 24 hours before {@code end}, at least 1
 * @param end exclusive: no event, no point and no delivery is at or after it
 * @param organizationId what records carry as {@code organization.id}
 * @param teams at least 1
 * @param repositories at least 1
 * @param sessionsPerDay mean number of client processes that a user starts on a working day, above 0
 * @param promptsPerSession mean number of prompts of a client process, at least 1
 * @param maxLateness an offline laptop delivers between one hour and this long after the end of the working day, at
 *     least one hour
 * @param shuffleWindow how many OTLP requests wait at once to be delivered in random order, those of one user excepted:
 *     they stay in order. 1: order of time
 * @param content whether the texts of prompts and answers are sent, or {@code <REDACTED>}
 * @param shares from 0 to 1 each; those that are missing are set to their defaults
 */
public record SimulationOptions(
        long seed,
        int users,
        int days,
        Instant end,
        String organizationId,
        int teams,
        int repositories,
        double sessionsPerDay,
        double promptsPerSession,
        Duration maxLateness,
        int shuffleWindow,
        boolean content,
        Map<Share, Double> shares) {

    /** The organization of the bundled captures. */
    public static final String DEFAULT_ORGANIZATION_ID = "11111111-1111-4111-8111-111111111111";

    public SimulationOptions {
        require(users >= 1, "users", users, ">= 1");
        require(days >= 1, "days", days, ">= 1");
        require(teams >= 1, "teams", teams, ">= 1");
        require(repositories >= 1, "repositories", repositories, ">= 1");
        require(sessionsPerDay > 0, "sessionsPerDay", sessionsPerDay, "> 0");
        require(promptsPerSession >= 1, "promptsPerSession", promptsPerSession, ">= 1");
        require(maxLateness.compareTo(Duration.ofHours(1)) >= 0, "maxLateness", maxLateness, ">= PT1H");
        require(shuffleWindow >= 1, "shuffleWindow", shuffleWindow, ">= 1");
        EnumMap<Share, Double> complete = new EnumMap<>(Share.class);
        for (Share share : Share.values()) {
            double value = shareOf(shares, share);
            require(value >= 0 && value <= 1, share.name(), value, "0 to 1");
            complete.put(share, value);
        }
        shares = Collections.unmodifiableMap(complete);
        double oneSignal = shareOf(shares, Share.COUNTERS_ONLY) + shareOf(shares, Share.EVENTS_ONLY);
        require(oneSignal <= 1, "COUNTERS_ONLY + EVENTS_ONLY", oneSignal, "0 to 1");
    }

    /** Everything else by default. */
    public static SimulationOptions of(long seed, int users, int days, Instant end) {
        return builder(seed, users, days, end).build();
    }

    public static Builder builder(long seed, int users, int days, Instant end) {
        return new Builder(seed, users, days, end);
    }

    /** The end of yesterday, UTC: days that end there are over. */
    public static Instant lastMidnight(Clock clock) {
        return clock.instant().truncatedTo(ChronoUnit.DAYS);
    }

    /** Inclusive. */
    public Instant start() {
        return end.minus(Duration.ofDays(days));
    }

    public double share(Share share) {
        return shareOf(shares, share);
    }

    private static double shareOf(Map<Share, Double> shares, Share share) {
        return shares.getOrDefault(share, share.byDefault());
    }

    private static void require(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** Sets what is not to be the default. */
    public static final class Builder {
        private final long seed;
        private final int users;
        private final int days;
        private final Instant end;
        private String organizationId = DEFAULT_ORGANIZATION_ID;
        private int teams = 5;
        private int repositories = 12;
        private double sessionsPerDay = 3;
        private double promptsPerSession = 6;
        private Duration maxLateness = Duration.ofDays(2);
        private int shuffleWindow = 32;
        private boolean content = true;
        private final Map<Share, Double> shares = new EnumMap<>(Share.class);

        private Builder(long seed, int users, int days, Instant end) {
            this.seed = seed;
            this.users = users;
            this.days = days;
            this.end = end;
        }

        public Builder organizationId(String value) {
            organizationId = value;
            return this;
        }

        public Builder teams(int value) {
            teams = value;
            return this;
        }

        public Builder repositories(int value) {
            repositories = value;
            return this;
        }

        public Builder sessionsPerDay(double value) {
            sessionsPerDay = value;
            return this;
        }

        public Builder promptsPerSession(double value) {
            promptsPerSession = value;
            return this;
        }

        public Builder maxLateness(Duration value) {
            maxLateness = value;
            return this;
        }

        public Builder shuffleWindow(int value) {
            shuffleWindow = value;
            return this;
        }

        public Builder content(boolean value) {
            content = value;
            return this;
        }

        public Builder share(Share share, double value) {
            shares.put(share, value);
            return this;
        }

        /**
         * @throws IllegalArgumentException a value is out of range, as {@code name: value (expected: …)}
         */
        public SimulationOptions build() {
            return new SimulationOptions(
                    seed,
                    users,
                    days,
                    end,
                    organizationId,
                    teams,
                    repositories,
                    sessionsPerDay,
                    promptsPerSession,
                    maxLateness,
                    shuffleWindow,
                    content,
                    shares);
        }
    }
}
