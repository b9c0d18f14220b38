package io.sluice.core.content;

import io.sluice.schema.Actor;
import io.sluice.schema.ContentEvent;
import java.util.List;
import java.util.Map;

/** Copies of messages. */
final class Events {
    /** 2026-11-15. */
    static final long NOVEMBER = 1_794_700_800_000_000L;

    /** 2026-12-15. */
    static final long DECEMBER = NOVEMBER + 30L * 86_400 * 1_000_000;

    private Events() {}

    static ContentEvent.Builder message(String source, String text) {
        return ContentEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("m1")
                .setOccurredAt(NOVEMBER)
                .setReceivedAt(NOVEMBER + 1_000_000)
                .setSource(source)
                .setActor(Actor.newBuilder().build())
                .setConversationId("c1")
                .setMessageId("m1")
                .setRole("user")
                .setProduct("claude-code")
                .setText(text)
                .setAttributes(Map.of());
    }

    static ContentEvent.Builder name(String title, long at) {
        return message("compliance-api", "")
                .setRole(MessageCopy.CONVERSATION)
                .setMessageId("c1")
                .setTitle(title)
                .setOccurredAt(at);
    }

    static ContentEvent.Builder file(String id, String text) {
        return message("compliance-api", text)
                .setRole(MessageCopy.FILE)
                .setMessageId(id)
                .setFiles(List.of(id + ".pdf"));
    }

    static Actor actor(String email) {
        return Actor.newBuilder().setEmail(email).build();
    }

    static MessageCopy copy(ContentEvent.Builder event) {
        return MessageCopy.of(event.build());
    }

    static List<String> sources() {
        return List.of("otlp-logs", "session-file", "compliance-api", "some-other");
    }
}
