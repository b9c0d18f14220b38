package io.sluice.core.caps;

import java.util.List;

/**
 * How a member's limit was resolved at an instant.
 *
 * @param version what holds
 * @param candidates every cap that there is for the member, in the order in which they are looked at
 */
public record Explanation(LimitVersion version, List<Candidate> candidates) {
    public Explanation {
        candidates = List.copyOf(candidates);
    }
}
