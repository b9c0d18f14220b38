package io.sluice.core.caps;

import java.util.Optional;

/** Whose spend a cap limits. Named as the Spend Limits API names it, where it has it. */
public enum CapScope {
    USER("user"),
    /** For each member. */
    GROUP("rbac_group"),
    /** All members of a group together. */
    GROUP_POOL("rbac_group_pool"),
    /** For each member. */
    SEAT_TIER("seat_tier"),
    /** For each member. */
    ORGANIZATION("organization"),
    /** All members together. */
    ORGANIZATION_TOTAL("organization_total");

    private final String scopeName;

    CapScope(String scopeName) {
        this.scopeName = scopeName;
    }

    public String scopeName() {
        return scopeName;
    }

    public static Optional<CapScope> named(String name) {
        for (CapScope scope : values()) {
            if (scope.scopeName.equals(name)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }

    /** Whether it names a user, a group, a tier. */
    public boolean hasId() {
        return this != ORGANIZATION && this != ORGANIZATION_TOTAL;
    }

    /** Whether it is the limit of several people together. */
    public boolean isShared() {
        return this == GROUP_POOL || this == ORGANIZATION_TOTAL;
    }
}
