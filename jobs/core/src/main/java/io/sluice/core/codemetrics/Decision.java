package io.sluice.core.codemetrics;

import org.jspecify.annotations.Nullable;

/** The outcome of a permission decision and who made it: {@code decision} and {@code source} of telemetry. */
enum Decision {
    ACCEPTED_CONFIG(Measure.ACCEPTED_CONFIG),
    ACCEPTED_HOOK(Measure.ACCEPTED_HOOK),
    ACCEPTED_USER_PERMANENT(Measure.ACCEPTED_USER_PERMANENT),
    ACCEPTED_USER_TEMPORARY(Measure.ACCEPTED_USER_TEMPORARY),
    ACCEPTED_OTHER(Measure.ACCEPTED_OTHER),
    REJECTED_CONFIG(Measure.REJECTED_CONFIG),
    REJECTED_HOOK(Measure.REJECTED_HOOK),
    REJECTED_USER_ABORT(Measure.REJECTED_USER_ABORT),
    REJECTED_USER_REJECT(Measure.REJECTED_USER_REJECT),
    REJECTED_OTHER(Measure.REJECTED_OTHER);

    private static final Decision[] ALL = values();

    final Measure measure;

    Decision(Measure measure) {
        this.measure = measure;
    }

    /** Null: neither accepted nor rejected. A source that is not known is `other`. */
    static @Nullable Decision of(@Nullable String decision, @Nullable String source) {
        String by = source == null ? "" : source;
        if ("accept".equals(decision)) {
            return switch (by) {
                case "config" -> ACCEPTED_CONFIG;
                case "hook" -> ACCEPTED_HOOK;
                case "user_permanent" -> ACCEPTED_USER_PERMANENT;
                case "user_temporary" -> ACCEPTED_USER_TEMPORARY;
                default -> ACCEPTED_OTHER;
            };
        }
        if (!"reject".equals(decision)) {
            return null;
        }
        return switch (by) {
            case "config" -> REJECTED_CONFIG;
            case "hook" -> REJECTED_HOOK;
            case "user_abort" -> REJECTED_USER_ABORT;
            case "user_reject" -> REJECTED_USER_REJECT;
            default -> REJECTED_OTHER;
        };
    }

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    static Decision of(int code) {
        return ALL[code];
    }
}
