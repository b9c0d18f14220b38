package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.ApiException.Kind;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks until there is an answer or no use in asking: at the pace of the API, with backoff. */
final class Upstream {
    private static final int MOST_BYTES = 32 * 1024 * 1024;
    private static final int ATTEMPTS = 8;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    /** A fifth of what is allowed is left to others that use the key. */
    private static final int ANALYTICS_PER_MINUTE = 48;

    private static final int ADMIN_PER_MINUTE = 80;
    private static final int TOO_MANY = 429;
    private static final int GONE = 410;
    private static final int BAD_REQUEST = 400;
    private static final int SERVER_ERROR = 500;
    private static final Pattern DAY = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

    private final ApiConnection api;
    private final RateLimiter analytics;
    private final RateLimiter admin;
    private final Pace pace;

    Upstream(ApiAccount account, Pace pace) {
        this.pace = pace;
        api = new ApiConnection(account.base(), account.key()::read, account.patience(), MOST_BYTES);
        String owner = account.base() + " " + account.orgId();
        analytics = RateLimiter.shared(owner + " analytics", ANALYTICS_PER_MINUTE);
        admin = RateLimiter.shared(owner + " admin", ADMIN_PER_MINUTE);
    }

    /** The answer to a look-up, an object. */
    JsonNode get(ReportRequest request) throws ApiException, InterruptedException {
        Duration delay = FIRST;
        for (int attempt = 1; ; attempt++) {
            try {
                return once(request);
            } catch (ApiException e) {
                boolean again = switch (e.kind()) {
                    case RATE_LIMITED, UNAVAILABLE, UNANSWERED -> true;
                    case EXPIRED, TOO_EARLY, TOO_OLD, NO_KEY, REFUSED -> false;
                };
                if (!again || attempt == ATTEMPTS) {
                    throw e;
                }
                Duration said = e.retryAfter();
                pace.sleep(said != null ? said : jittered(delay));
                delay = delay.multipliedBy(2).compareTo(LONGEST) < 0 ? delay.multipliedBy(2) : LONGEST;
            }
        }
    }

    /** Evenly from the upper half. */
    private Duration jittered(Duration whole) {
        return Duration.ofMillis(whole.toMillis() / 2 + (long) (pace.random() * whole.toMillis() / 2));
    }

    private JsonNode once(ReportRequest request) throws ApiException, InterruptedException {
        RateLimiter limiter = request.target().startsWith("/v1/organizations/analytics/") ? analytics : admin;
        Duration wait = limiter.reserve(pace.now());
        if (!wait.isZero()) {
            pace.sleep(wait);
        }
        ApiConnection.Answer answer;
        try {
            answer = api.send("GET", request.target(), request.headers(), null);
        } catch (ApiKey.Unreadable e) {
            throw new ApiException(Kind.NO_KEY, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new ApiException(Kind.UNANSWERED, "no answer, " + e.getClass().getSimpleName());
        }
        if (answer.done()) {
            if (!answer.body().isObject()) {
                throw new ApiException(Kind.UNAVAILABLE, "answer: no object (expected: a JSON object)");
            }
            return answer.body();
        }
        if (answer.status() == TOO_MANY) {
            throw new ApiException(Kind.RATE_LIMITED, answer);
        }
        if (answer.status() == GONE) {
            throw new ApiException(Kind.EXPIRED, answer);
        }
        if (answer.status() >= SERVER_ERROR) {
            throw new ApiException(Kind.UNAVAILABLE, answer);
        }
        if (answer.status() == BAD_REQUEST) {
            if (Timetable.mayBeGone(request.day(), pace.now())) {
                throw new ApiException(Kind.TOO_OLD, answer);
            }
            Optional<LocalDate> newest = newest(answer, request.day());
            if (newest.isPresent()) {
                throw ApiException.tooEarly(answer, newest.get());
            }
        }
        throw new ApiException(Kind.REFUSED, answer);
    }

    /** The newest day before the one asked for that a message names, if it is about what is available. */
    private static Optional<LocalDate> newest(ApiConnection.Answer answer, LocalDate asked) {
        String message = answer.body().path("error").path("message").asText();
        if (!message.contains("available")) {
            return Optional.empty();
        }
        Matcher days = DAY.matcher(message);
        Optional<LocalDate> newest = Optional.empty();
        while (days.find()) {
            try {
                LocalDate day = LocalDate.parse(days.group());
                if (day.isBefore(asked) && newest.filter(day::isBefore).isEmpty()) {
                    newest = Optional.of(day);
                }
            } catch (DateTimeException e) {
                // digits that are no day
            }
        }
        return newest;
    }
}
