package io.sluice.compliance;

import java.util.HashMap;
import java.util.Map;

/**
 * Up to which number of each organization's register every instance of the gate has acknowledged.
 *
 * <p>After a restart instances read the register to its end before their first event, so what all of them had acknowledged
 * stays true, also for others in their place.
 */
final class Acknowledged {
    private final Map<String, Long> byAll = new HashMap<>();
    private final Map<String, Map<Integer, Long>> byInstance = new HashMap<>();

    void restore(String orgId, long number) {
        byAll.merge(orgId, number, Math::max);
    }

    void add(Ack ack) {
        Map<Integer, Long> numbers = byInstance.computeIfAbsent(ack.orgId(), org -> new HashMap<>());
        numbers.merge(ack.instance(), ack.number(), Math::max);
        if (numbers.size() == ack.instances()) {
            long least =
                    numbers.values().stream().mapToLong(Long::longValue).min().orElse(0);
            byAll.merge(ack.orgId(), least, Math::max);
        }
    }

    /** 0: none. */
    long byAll(String orgId) {
        return byAll.getOrDefault(orgId, 0L);
    }

    Map<String, Long> all() {
        return Map.copyOf(byAll);
    }
}
