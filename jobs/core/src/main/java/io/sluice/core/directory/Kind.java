package io.sluice.core.directory;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a document of the directory is about. */
public enum Kind {
    USER("user"),
    TEAM("team"),
    GROUP("group"),
    MEMBERSHIP("membership"),
    ROLE("role"),
    SEATS("seats"),
    SEAT_REQUEST("seat-request"),
    ORGANIZATION("organization");

    private static final Map<String, Kind> BY_NAME =
            Stream.of(values()).collect(Collectors.toMap(Kind::kindName, Function.identity()));

    private final String kindName;

    Kind(String kindName) {
        this.kindName = kindName;
    }

    /** As {@code DirectoryVersion.kind} spells it. */
    public String kindName() {
        return kindName;
    }

    /** Empty: a kind of a newer build. */
    public static Optional<Kind> named(String kindName) {
        return Optional.ofNullable(BY_NAME.get(kindName));
    }
}
