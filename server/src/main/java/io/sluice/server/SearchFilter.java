package io.sluice.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a search can be limited to by a list of values, one of which must be a message's. */
enum SearchFilter {
    /** Ids in the directory, e-mails, other labels; each stands for all labels that the person ever had. */
    USER("user", null),
    /** Ids of groups in the directory, or at Anthropic. */
    GROUP("group", null),
    MODEL("model", "model"),
    PRODUCT("product", "product"),
    REPOSITORY("repository", "repository"),
    ROLE("role", "role"),
    PROJECT("project_id", "project_id"),
    CONVERSATION("conversation", "conversation_id"),
    RULE("rule", "rules"),
    TOOL("tool", "tools");

    static final int MOST_VALUES = 100;
    static final int LONGEST_VALUE = 1024;

    private final String parameter;
    private final @Nullable String field;

    SearchFilter(String parameter, @Nullable String field) {
        this.parameter = parameter;
        this.field = field;
    }

    String parameter() {
        return parameter;
    }

    /** Of the documents, as it is; null: people, who have to be found in the directory. */
    @Nullable
    String field() {
        return field;
    }

    static List<SearchFilter> all() {
        return List.of(values());
    }
}
