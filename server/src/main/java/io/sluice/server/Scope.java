package io.sluice.server;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a token may do. Names as the Claude APIs name theirs, where they have one. */
enum Scope {
    INGEST("ingest"),
    READ_ANALYTICS("read:analytics"),
    READ_SPEND_LIMITS("read:spend_limits"),
    WRITE_SPEND_LIMITS("write:spend_limits"),
    READ_COMPLIANCE_ACTIVITIES("read:compliance_activities"),
    READ_COMPLIANCE_USER_DATA("read:compliance_user_data"),
    DELETE_COMPLIANCE_USER_DATA("delete:compliance_user_data"),
    READ_COMPLIANCE_ORG_DATA("read:compliance_org_data"),
    READ_DIRECTORY("read:directory"),
    WRITE_DIRECTORY("write:directory"),
    /** For an identity provider. A token that has it may do nothing else. */
    SCIM("scim"),
    /** What a client machine may: ask for the budget of its own user. */
    BUDGET_SELF("budget:self"),
    /** Implies all others. */
    ADMIN("admin");

    private static final Map<String, Scope> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Scope::scopeName, Function.identity()));

    private final String scopeName;

    Scope(String scopeName) {
        this.scopeName = scopeName;
    }

    String scopeName() {
        return scopeName;
    }

    static Optional<Scope> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    static String allNames() {
        return Arrays.stream(values()).map(Scope::scopeName).collect(Collectors.joining(", "));
    }
}
