package io.sluice.scim;

/** The {@code scimType} words of RFC 7644, 3.12, table 9. */
public enum ScimErrorType {
    INVALID_FILTER("invalidFilter"),
    TOO_MANY("tooMany"),
    UNIQUENESS("uniqueness"),
    MUTABILITY("mutability"),
    INVALID_SYNTAX("invalidSyntax"),
    INVALID_PATH("invalidPath"),
    NO_TARGET("noTarget"),
    INVALID_VALUE("invalidValue"),
    /** Not {@code invalidVersion}, which some libraries send. */
    INVALID_VERS("invalidVers"),
    SENSITIVE("sensitive");

    private final String word;

    ScimErrorType(String word) {
        this.word = word;
    }

    /** As on the wire. */
    public String word() {
        return word;
    }
}
