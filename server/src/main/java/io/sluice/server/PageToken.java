package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.QueryParams;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code page} and {@code next_page} of one question: where an answer ended. Clients can neither read it nor use it for
 * anything else than the same question, that is for the same organization and path with the same other parameters; only
 * {@code limit} may change from page to page.
 */
final class PageToken {
    static final String PAGE = "page";

    /** Whoever may ask may go on. */
    static final String ANYBODY = "";

    private final PageCipher cipher;
    private final String question;
    private final @Nullable JsonNode position;

    /**
     * Of one request.
     *
     * @param orgId that is read
     * @param actor who alone may go on, or {@link #ANYBODY}
     * @param parameters as they were given
     * @throws Refusal when {@code page} is not of this question
     */
    PageToken(PageCipher cipher, String orgId, String actor, String path, QueryParams parameters) {
        this.cipher = cipher;
        this.question = question(orgId, actor, path, parameters);
        String given = parameters.get(PAGE);
        this.position = given == null
                ? null
                : cipher.open(given, question)
                        .orElseThrow(() -> Refusal.invalid(
                                PAGE, given, "next_page of the answer before, with the same other parameters"));
    }

    /** Lengths stand before texts, so that no two questions have the same one. */
    private static String question(String orgId, String actor, String path, QueryParams parameters) {
        StringBuilder question = new StringBuilder();
        add(question, orgId);
        if (!actor.equals(ANYBODY)) {
            question.append("of ");
            add(question, actor);
        }
        add(question, path);
        for (String name : new TreeSet<>(parameters.names())) {
            if (!name.equals(PAGE) && !name.equals("limit")) {
                add(question, name);
                question.append(parameters.getAll(name).size()).append(' ');
                parameters.getAll(name).forEach(value -> add(question, value));
            }
        }
        return question.toString();
    }

    private static void add(StringBuilder question, String text) {
        question.append(text.length()).append(':').append(text);
    }

    /** The position after which to go on; null: from the beginning. */
    @Nullable
    JsonNode position() {
        return position;
    }

    /** A {@code next_page} for what follows a position. */
    String next(ObjectNode last) {
        return cipher.seal(last, question);
    }
}
