package io.sluice.server;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a token may do. Names as the Claude APIs name theirs. */
enum Scope {
    INGEST("ingest"),
    READ_ANALYTICS("read:analytics"),
    READ_DIRECTORY("read:directory"),
    WRITE_DIRECTORY("write:directory"),
    SCIM("scim"),
    /** Implies all others. */
    ADMIN("admin");

    private final String scopeName;

    Scope(String scopeName) {
        this.scopeName = scopeName;
    }

    String scopeName() {
        return scopeName;
    }

    static Optional<Scope> named(String name) {
        return Arrays.stream(values()).filter(s -> s.scopeName.equals(name)).findFirst();
    }

    static String allNames() {
        return Arrays.stream(values()).map(Scope::scopeName).collect(Collectors.joining(", "));
    }
}
