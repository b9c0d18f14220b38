package io.sluice.core.audit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first bad record of one organization's audit, given its entries in the order in which they stand. Keeps
 * nothing of them but the last.
 */
public final class AuditVerifier {
    /** What is wrong. */
    public enum Kind {
        /** It holds something else than what was hashed. */
        CHANGED,
        /** It was changed and hashed again, or the one after it was. */
        REWRITTEN,
        /** It is not there. */
        MISSING,
        /** It stands behind one with a greater number. */
        REORDERED,
        /** It stands twice, or another one has its number. */
        REPEATED,
        /** The chain ends before it, and it was told of. */
        TRUNCATED,
        /** The chain holds together, and is not the one that was told of. */
        REPLACED
    }

    /**
     * The first bad record.
     *
     * @param number its number; of one that does not say it, that of its place
     * @param eventId null: not known
     * @param message what was found, and what was expected
     */
    public record Fault(Kind kind, long number, @Nullable String eventId, String message) {}

    private final String orgId;
    private final SortedMap<Long, List<AuditCheckpoint>> checkpoints = new TreeMap<>();

    private long number;
    private String hash = AuditChain.NO_HASH;
    private @Nullable String eventId;
    private long confirmed;
    private @Nullable Fault fault;

    /** @param told what is known of the chain from elsewhere, in any order */
    public AuditVerifier(String orgId, List<AuditCheckpoint> told) {
        this.orgId = orgId;
        told.forEach(checkpoint -> checkpoints
                .computeIfAbsent(checkpoint.number(), key -> new ArrayList<>())
                .add(checkpoint));
    }

    /** Number of the last entry that fits. */
    public long number() {
        return number;
    }

    /** Hash of the last entry that fits. */
    public String hash() {
        return hash;
    }

    /** Number of the newest checkpoint that fits; 0: none. */
    public long confirmed() {
        return confirmed;
    }

    /** Whether nothing that follows can change the result. */
    public boolean isDecided() {
        return fault != null && fault.kind() != Kind.MISSING;
    }

    /** @param entry the next one, see {@link AuditJson} */
    public void add(JsonNode entry) {
        add(entry, List.of());
    }

    /** @param differing what the store says otherwise elsewhere, see {@link AuditDocument.Found} */
    public void add(JsonNode entry, List<String> differing) {
        if (fault == null) {
            fault = check(entry, differing);
        } else if (fault.kind() == Kind.MISSING
                && isWhole(entry)
                && entry.path(AuditJson.NUMBER).asLong() == fault.number()) {
            fault = new Fault(
                    Kind.REORDERED,
                    fault.number(),
                    text(entry, AuditJson.EVENT_ID),
                    "stands behind records with greater numbers (expected: after record " + number + ")");
        }
    }

    /** @param answer a page of {@code GET /v1/audit} in ascending order */
    public void addPage(JsonNode answer) {
        Map<Integer, List<String>> differing = new HashMap<>();
        for (JsonNode each : answer.path("differing")) {
            List<String> fields = new ArrayList<>();
            each.path("fields").forEach(field -> fields.add(field.asText()));
            differing.put(each.path("index").asInt(), fields);
        }
        JsonNode entries = answer.path("data");
        for (int i = 0; i < entries.size(); i++) {
            add(entries.get(i), differing.getOrDefault(i, List.of()));
        }
    }

    /** There are no more. */
    public Optional<Fault> end() {
        if (fault == null && !checkpoints.isEmpty() && checkpoints.lastKey() > number) {
            fault = new Fault(
                    Kind.TRUNCATED,
                    number + 1,
                    null,
                    "is not there, and the audit ends before it (expected: records up to " + checkpoints.lastKey()
                            + ", of which the alert topic was told)");
        }
        return Optional.ofNullable(fault);
    }

    private @Nullable Fault check(JsonNode entry, List<String> differing) {
        long expected = number + 1;
        String found = text(entry, AuditJson.EVENT_ID);
        if (!isWhole(entry)) {
            return new Fault(
                    Kind.CHANGED, expected, found, "is no entry of an audit (expected: record " + expected + ")");
        }
        String own = entry.path(AuditJson.HASH).asText();
        String computed = AuditJson.hash(entry);
        if (!own.equals(computed)) {
            return new Fault(
                    Kind.CHANGED,
                    expected,
                    found,
                    "hash: " + own + " (expected: " + computed + ", which is that of what it holds)");
        }
        Fault place = place(entry, found);
        if (place != null) {
            return place;
        }
        if (!differing.isEmpty()) {
            return new Fault(
                    Kind.CHANGED,
                    expected,
                    found,
                    "its document was changed: " + String.join(", ", differing) + " (expected: as in the entry)");
        }
        for (AuditCheckpoint told : checkpoints.getOrDefault(expected, List.of())) {
            if (!told.hash().equals(own)) {
                return new Fault(
                        Kind.REPLACED,
                        expected,
                        found,
                        "hash: " + own + " (expected: " + told.hash() + ", of which the alert topic was told; records "
                                + (confirmed + 1) + " to " + expected + " are not those of then)");
            }
            confirmed = expected;
        }
        number = expected;
        hash = own;
        eventId = found;
        return null;
    }

    /** The entry is what it says; is it the one that comes next? */
    private @Nullable Fault place(JsonNode entry, @Nullable String found) {
        String org = entry.path(AuditJson.ORG_ID).asText();
        if (!org.equals(orgId)) {
            return new Fault(Kind.CHANGED, number + 1, found, "org_id: " + org + " (expected: " + orgId + ")");
        }
        long says = entry.path(AuditJson.NUMBER).asLong();
        if (says <= number) {
            String twice =
                    Objects.equals(entry.path(AuditJson.HASH).asText(), hash) ? "stands twice" : "is there already";
            return new Fault(Kind.REPEATED, says, found, twice + " (expected: record " + (number + 1) + ")");
        }
        if (says > number + 1) {
            return new Fault(
                    Kind.MISSING,
                    number + 1,
                    null,
                    "is not there: after record " + number + " comes record " + says + " (expected: record "
                            + (number + 1) + ")");
        }
        String previous = entry.path(AuditJson.PREVIOUS_HASH).asText();
        if (!previous.equals(hash)) {
            return number == 0
                    ? new Fault(
                            Kind.REWRITTEN,
                            says,
                            found,
                            "previous_hash: " + previous + " (expected: " + hash + ", for it is the first)")
                    : new Fault(
                            Kind.REWRITTEN,
                            number,
                            eventId,
                            "hash: " + hash + " (expected: " + previous + ", as record " + says + " " + found
                                    + " has it): it was rewritten, or that one was");
        }
        return null;
    }

    private static boolean isWhole(JsonNode entry) {
        try {
            String unused = CanonicalJson.of(entry);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return entry.isObject()
                && entry.path(AuditJson.NUMBER).isIntegralNumber()
                && entry.path(AuditJson.HASH).isTextual()
                && entry.path(AuditJson.PREVIOUS_HASH).isTextual()
                && entry.path(AuditJson.ORG_ID).isTextual();
    }

    private static @Nullable String text(JsonNode entry, String name) {
        return entry.path(name).textValue();
    }
}
