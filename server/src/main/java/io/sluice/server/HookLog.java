package io.sluice.server;

import io.sluice.core.hooks.HookSign;
import io.sluice.core.spend.Id;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes on {@code activity} that a hook was called about a prompt, so that prompts without and names that do not fit are
 * found. No answer waits for it: while Kafka is down calls are lost, which is logged, and the client's own telemetry still
 * says that it asked.
 */
final class HookLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HookLog.class);
    private static final int MOST_WAITING = 10_000;

    private final Publisher publisher;
    private final BooleanSupplier ready;
    private final AtomicBoolean losing = new AtomicBoolean();
    private final ThreadPoolExecutor sender =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                Thread thread = new Thread(task, "sluice-hooks");
                thread.setDaemon(true);
                return thread;
            });

    HookLog(Publisher publisher, BooleanSupplier ready) {
        this.publisher = publisher;
        this.ready = ready;
    }

    /**
     * Says that a hook was called.
     *
     * @param labels of whom the call named; none: nobody
     * @param micros now
     */
    void called(String orgId, String sessionId, String promptId, List<String> labels, long micros) {
        ActivityEvent event = event(orgId, sessionId, promptId, labels, micros);
        byte[] key = Topic.sessionKey(orgId, sessionId, null).getBytes(StandardCharsets.UTF_8);
        try {
            sender.execute(() -> {
                if (!ready.getAsBoolean()) {
                    lost("Kafka is not ready");
                    return;
                }
                Publisher.Publication publication = publisher.begin();
                publication.send(Topic.ACTIVITY, key, event);
                publication.end().whenComplete((stored, failure) -> {
                    if (failure != null) {
                        lost(failure.toString());
                    } else {
                        losing.set(false);
                    }
                });
            });
        } catch (RejectedExecutionException e) {
            lost("too many wait");
        }
    }

    private static ActivityEvent event(
            String orgId, String sessionId, String promptId, List<String> labels, long micros) {
        Map<String, String> attributes = new HashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            attributes.put(HookSign.LABEL + i, labels.get(i));
        }
        return ActivityEvent.newBuilder()
                .setOrgId(orgId)
                .setEventId(Id.of(
                                Id.Kind.EVENT,
                                orgId,
                                HookSign.CALL + '|' + sessionId.length() + '|' + sessionId + '|' + promptId)
                        .text())
                .setOccurredAt(micros)
                .setReceivedAt(micros)
                .setSource(HookSign.SOURCE)
                // It is claimed, and no evidence of whose session it is.
                .setActor(Actor.newBuilder().build())
                .setSessionId(sessionId)
                .setName(HookSign.CALL)
                .setPromptId(promptId)
                .setProduct("claude-code")
                .setAttributes(attributes)
                .build();
    }

    /** Once for each time that it begins. */
    private void lost(String why) {
        if (losing.compareAndSet(false, true)) {
            LOG.warn("Calls of hooks are not published: {}", why);
        }
    }

    @Override
    public void close() {
        sender.shutdownNow();
    }
}
