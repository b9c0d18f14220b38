package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.ApiConnection;
import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.Pace;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/** One request within the budget, one answer. Nothing is tried again. Thread-safe. */
final class ComplianceApi {
    private static final int MOST_BYTES = 32 * 1024 * 1024;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int INTERNAL = 500;

    private final ApiConnection api;
    private final Budget budget;
    private final Pace pace;

    ComplianceApi(ComplianceAccount account, Budget budget, Pace pace) {
        this(account, budget, pace, MOST_BYTES);
    }

    /** @param mostBytes of an answer */
    ComplianceApi(ComplianceAccount account, Budget budget, Pace pace, int mostBytes) {
        api = new ApiConnection(account.base(), account.key()::read, account.patience(), mostBytes);
        this.budget = budget;
        this.pace = pace;
    }

    /** Microseconds. */
    long now() {
        return Micros.of(pace.now());
    }

    /** The answer to a look-up, an object. */
    JsonNode get(Target target) throws ComplianceException, InterruptedException {
        return send("GET", target, Budget.Use.READING);
    }

    /** The answer to a deletion. */
    JsonNode delete(Target target) throws ComplianceException, InterruptedException {
        return send("DELETE", target, Budget.Use.DELETION);
    }

    /**
     * The bytes that a look-up answers.
     *
     * @param most that are read
     */
    ApiConnection.Download download(Target target, int most) throws ComplianceException, InterruptedException {
        return within(
                Budget.Use.READING, target, () -> api.download(target.text(), most), ApiConnection.Download::answer);
    }

    private JsonNode send(String method, Target target, Budget.Use use)
            throws ComplianceException, InterruptedException {
        JsonNode body = within(use, target, () -> api.send(method, target.text(), Map.of(), null), answer -> answer)
                .body();
        if (!body.isObject() || body.isEmpty()) {
            throw new ComplianceException(Kind.UNAVAILABLE, "answer: no object (expected: a JSON object)");
        }
        return body;
    }

    /** One request. */
    private interface Call<T> {
        T send() throws IOException, InterruptedException;
    }

    private <T> T within(Budget.Use use, Target target, Call<T> call, Function<T, ApiConnection.Answer> answerOf)
            throws ComplianceException, InterruptedException {
        Duration wait = budget.take(use, pace.now());
        while (!wait.isZero()) {
            pace.sleep(wait);
            wait = budget.take(use, pace.now());
        }
        T result;
        try {
            result = call.send();
        } catch (ApiKey.Unreadable e) {
            throw new ComplianceException(Kind.NO_KEY, String.valueOf(e.getMessage()));
        } catch (ApiConnection.TooLong e) {
            throw new ComplianceException(Kind.TOO_LONG, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new ComplianceException(
                    Kind.UNANSWERED, "no answer, " + e.getClass().getSimpleName());
        } finally {
            budget.done(pace.now());
        }
        ApiConnection.Answer answer = answerOf.apply(result);
        if (answer.status() == TOO_MANY) {
            budget.limited(answer.retryAfter(), pace.now());
            throw new ComplianceException(Kind.RATE_LIMITED, answer);
        }
        budget.told(answer.headers(), pace.now());
        if (answer.done()) {
            return result;
        }
        throw new ComplianceException(kind(answer, target), answer);
    }

    private static Kind kind(ApiConnection.Answer answer, Target target) {
        if (answer.status() >= INTERNAL) {
            boolean forGood = answer.headers()
                    .firstValue("x-should-retry")
                    .filter("false"::equalsIgnoreCase)
                    .isPresent();
            return forGood ? Kind.FAILED : Kind.UNAVAILABLE;
        }
        return switch (answer.status()) {
            case BAD_REQUEST -> target.hasCursor() ? Kind.EXPIRED : Kind.INVALID;
            case NOT_FOUND -> Kind.ABSENT;
            default -> Kind.REFUSED;
        };
    }
}
