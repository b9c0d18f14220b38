package io.sluice.core.hooks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * What is known of the prompts of one session. Times are microseconds of receipt. Which alerts fire in the end depends on
 * the signs, not on their order.
 *
 * @param waiting prompts of which no hook is known yet, with the time at which they were received
 * @param asked the newest prompts about which a hook was asked
 * @param unasked prompts that have waited in vain
 * @param claims who was claimed to ask, each the names of one person in order
 * @param shown names of the person in telemetry
 * @param user as telemetry names the person; empty: not yet
 * @param eventId of the newest prompt
 * @param lastAt of the newest sign
 */
public record HookWatch(
        Map<String, Long> waiting,
        List<String> asked,
        List<String> unasked,
        List<String> claims,
        List<String> shown,
        String user,
        String eventId,
        long lastAt,
        Told withoutHook,
        Told mismatch) {
    public static final String WITHOUT_HOOK = "prompt-without-hook";
    public static final String MISMATCH = "identity-mismatch";

    /** The client logs a prompt before it asks the hook, and sends both with the next exports. */
    public static final long WAIT_MICROS = Duration.ofMinutes(2).toSeconds() * 1_000_000;

    public static final HookWatch NEW = new HookWatch(
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            "",
            "",
            0,
            new Told(false, 0, 0),
            new Told(false, 0, 0));

    private static final int MOST_PROMPTS = 200;
    private static final int MOST_CLAIMS = 8;
    private static final String SEPARATOR = "\n";

    /**
     * What was told of one kind.
     *
     * @param occurrence 0: nothing yet
     * @param at of the newest telling
     */
    public record Told(boolean firing, int occurrence, long at) {}

    /**
     * Something to be told.
     *
     * @param told how it is then
     * @param claimed of a mismatch whom the hook's header named; else empty
     */
    public record Change(String kind, Told told, String claimed) {}

    /** The watch after something, and what is to be told because of it. */
    public record Step(HookWatch watch, List<Change> changes) {}

    /** Takes in a sign. */
    public Step add(HookSign sign) {
        Map<String, Long> stillWaiting = new TreeMap<>(waiting);
        List<String> nowAsked = asked;
        List<String> nowUnasked = unasked;
        if (sign.kind() == HookSign.Kind.PROMPT) {
            if (!asked.contains(sign.promptId())
                    && !unasked.contains(sign.promptId())
                    && waiting.size() < MOST_PROMPTS) {
                stillWaiting.putIfAbsent(sign.promptId(), sign.at());
            }
        } else {
            stillWaiting.remove(sign.promptId());
            nowAsked = with(asked, sign.promptId(), MOST_PROMPTS);
            nowUnasked = unasked.stream()
                    .filter(prompt -> !prompt.equals(sign.promptId()))
                    .toList();
        }
        boolean prompt = sign.kind() == HookSign.Kind.PROMPT;
        boolean claim = sign.kind() == HookSign.Kind.CALLED && !sign.labels().isEmpty();
        List<String> nowShown = shown;
        for (String label : prompt ? sign.labels() : List.<String>of()) {
            nowShown = with(nowShown, label, MOST_CLAIMS);
        }
        return new HookWatch(
                        stillWaiting,
                        nowAsked,
                        nowUnasked,
                        claim ? with(claims, String.join(SEPARATOR, sign.labels()), MOST_CLAIMS) : claims,
                        nowShown,
                        prompt && !sign.user().isEmpty() ? sign.user() : user,
                        prompt && sign.at() >= lastAt ? sign.eventId() : eventId,
                        Math.max(lastAt, sign.at()),
                        withoutHook,
                        mismatch)
                .told(sign.at());
    }

    /** What waited too long is in vain, where hooks are in use. */
    public Step due(long now, LongPredicate inUse) {
        Map<String, Long> stillWaiting = new TreeMap<>();
        List<String> nowUnasked = new ArrayList<>(unasked);
        waiting.forEach((prompt, at) -> {
            if (at + WAIT_MICROS > now) {
                stillWaiting.put(prompt, at);
            } else if (inUse.test(at) && nowUnasked.size() < MOST_PROMPTS) {
                nowUnasked.add(prompt);
            }
        });
        return new HookWatch(
                        stillWaiting, asked, nowUnasked, claims, shown, user, eventId, lastAt, withoutHook, mismatch)
                .told(now);
    }

    /** The newest stay. */
    private static List<String> with(List<String> values, String value, int most) {
        if (values.contains(value)) {
            return values;
        }
        List<String> more = new ArrayList<>(values);
        more.add(value);
        return more.size() <= most ? more : more.subList(1, more.size());
    }

    private Step told(long now) {
        List<Change> changes = new ArrayList<>();
        String claimed = claims.stream()
                .filter(claim -> isSomebodyElse(Arrays.asList(claim.split(SEPARATOR)), shown))
                .findFirst()
                .orElse("");
        Told prompts = told(changes, WITHOUT_HOOK, withoutHook, !unasked.isEmpty(), "", now);
        Told identity = told(changes, MISMATCH, mismatch, !claimed.isEmpty(), claimed.split(SEPARATOR)[0], now);
        HookWatch after = changes.isEmpty()
                ? this
                : new HookWatch(waiting, asked, unasked, claims, shown, user, eventId, lastAt, prompts, identity);
        return new Step(after, changes);
    }

    private static Told told(List<Change> changes, String kind, Told before, boolean firing, String claimed, long now) {
        if (before.firing == firing) {
            return before;
        }
        // Of one alert the later telling counts.
        Told after = new Told(firing, firing ? before.occurrence + 1 : before.occurrence, Math.max(now, before.at + 1));
        changes.add(new Change(kind, after, claimed));
        return after;
    }

    /** Names of different kinds cannot be compared: an e-mail address with an account id. */
    static boolean isSomebodyElse(Collection<String> claimed, Collection<String> shown) {
        boolean comparable = !shown.isEmpty() && hasAddress(claimed) == hasAddress(shown);
        return comparable && claimed.stream().noneMatch(shown::contains);
    }

    private static boolean hasAddress(Collection<String> labels) {
        return labels.stream().anyMatch(label -> label.indexOf('@') >= 0);
    }
}
