package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.runtime.Bundle;
import org.jspecify.annotations.Nullable;

/**
 * What {@link CubeOperator} hands on to {@link MemberCapOperator}: one of the two.
 *
 * @param spent rows of contributions
 * @param control a version, or an alert that was told
 */
public record CapInput(@Nullable Bundle spent, @Nullable Control control) {
    /** Versions are nobody's: every instance has them. */
    Id key() {
        if (spent == null) {
            throw new IllegalStateException("a version has no key");
        }
        return spent.key();
    }
}
