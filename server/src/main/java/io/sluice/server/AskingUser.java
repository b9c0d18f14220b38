package io.sluice.server;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for their own budget. If the token belongs to somebody it is that person, and nothing else in the request
 * counts; else it is whoever the header names.
 */
final class AskingUser {
    static final String HEADER = "X-Sluice-User";

    /** A variable that the client has not filled in names nobody. */
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}$][^\\p{Cntrl}]{0,199}");

    private static final String EXPECTED =
            "the e-mail address or another label of the user, 1 to 200 characters; or a token that belongs to the user";

    private AskingUser() {}

    /** An id or a label. Empty: nobody is named. */
    static Optional<String> of(Call call) {
        String owner = call.caller().user();
        return owner != null
                ? Optional.of(owner)
                : Optional.of(header(call)).filter(name -> NAME.matcher(name).matches());
    }

    /** @throws Refusal INVALID when nobody is named */
    static String required(Call call) {
        return of(call).orElseThrow(() -> {
            String given = header(call);
            return new Refusal(
                    Refusal.Kind.INVALID,
                    HEADER,
                    HEADER + ": " + (given.isEmpty() ? "missing" : "a text of " + given.length() + " characters")
                            + " (expected: " + EXPECTED + ")");
        });
    }

    private static String header(Call call) {
        @Nullable String given = call.request().headers().get(HEADER);
        return given == null ? "" : given.strip();
    }
}
