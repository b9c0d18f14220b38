package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** An organization at work, by chance: what it does late, again and behind everybody's back; and what should be known of it. */
final class Scenario {
    static final Instant START = Instant.parse("2026-11-20T08:00:00Z");
    /** From when on things happen, and until when. */
    static final Instant FIRST = START.minus(Duration.ofDays(2));

    static final Instant LAST = START.plus(Duration.ofHours(3));

    final ComplianceFacts facts = new ComplianceFacts();
    final Set<String> activities = new TreeSet<>();
    /** Text by chat and message, or project and document. */
    final Map<String, String> texts = new TreeMap<>();

    final Set<String> deleted = new TreeSet<>();
    private final Random random;

    Scenario(long seed, int chats) {
        random = new Random(seed);
        for (int i = 0; i < 3; i++) {
            facts.add(person(i));
        }
        for (int i = 0; i < chats; i++) {
            chat(i);
        }
        for (int i = 0; i < 4 * chats; i++) {
            activity(i);
        }
        for (int i = 0; i < 4; i++) {
            project(i);
        }
    }

    static Person person(int number) {
        return new Person("user_0" + number, "Person" + number + "@example.com", "Person " + number);
    }

    private Instant anytime() {
        return FIRST.plusSeconds(
                random.nextInt((int) Duration.between(FIRST, LAST).toSeconds()));
    }

    private static ObjectNode none() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Most are seen at once, some within minutes, a few hours later. */
    private void activity(int number) {
        Instant at = anytime().plusNanos(random.nextInt(1_000_000) * 1000L);
        Duration late = switch (random.nextInt(10)) {
            case 0, 1 -> Duration.ofSeconds(61 + random.nextInt(500));
            case 2 -> Duration.ofMinutes(20 + random.nextInt(100));
            default -> Duration.ofSeconds(random.nextInt(60));
        };
        String id = "activity_" + number;
        ObjectNode fields = none().put("some_new_field", number);
        String type = random.nextInt(20) == 0 ? "a_type_of_tomorrow" : "claude_project_viewed";
        facts.add(new Activity(id, type, at, at.plus(late), person(number % 3), fields));
        activities.add(id);
        if (random.nextInt(10) == 0) {
            facts.add(new Activity("own_" + number, "compliance_api_accessed", at, at, person(0), none()));
        }
    }

    /** It begins sometime, grows in bursts, and may be deleted long after its last message. */
    private void chat(int number) {
        String id = "claude_chat_" + number;
        Instant at = anytime();
        Chat chat = new Chat(id, person(number % 3), "Chat " + number, at);
        if (random.nextInt(4) == 0) {
            chat.listedAfter(Duration.ofMinutes(random.nextInt(25)));
        }
        int messages = 1 + random.nextInt(9);
        for (int i = 0; i < messages; i++) {
            String message = "claude_chat_msg_" + number + "_" + i;
            String text = "What is " + number + " times " + i + "?";
            Message said = Message.text(message, i % 2 == 0 ? "user" : "assistant", at, text);
            chat.add(random.nextInt(5) == 0 ? said.visibleAt(at.plusSeconds(random.nextInt(280))) : said);
            texts.put(id + "|" + message, text);
            at = at.plusSeconds(1 + random.nextInt(random.nextInt(4) == 0 ? 3600 : 60));
        }
        if (random.nextInt(4) == 0) {
            Instant end = at.plus(Duration.ofMinutes(90 + random.nextInt(60)));
            if (end.isAfter(START.plus(Duration.ofMinutes(30)))) { // else nobody could have read it
                chat.deletedAt(end);
                deleted.add(id);
            }
        }
        facts.add(chat);
    }

    private void project(int number) {
        String id = "claude_proj_" + number;
        Project project = new Project(id, "Project " + number, person(0), FIRST);
        for (int i = 0; i < 30 * number; i++) {
            String text = "Document " + i;
            // Half of them when the project was there already, of which the list says nothing.
            Instant at = i % 2 == 0 ? FIRST : anytime();
            String document = "claude_proj_doc_" + number + "_" + i;
            project.add(new Document(document, i + ".txt", at, text));
            texts.put(id + "|" + document, text);
            if (at.isAfter(START)) {
                facts.add(new Activity(
                        "doc_" + number + "_" + i,
                        "claude_project_document_uploaded",
                        at,
                        at,
                        person(0),
                        none().put("claude_project_id", id)));
                activities.add("doc_" + number + "_" + i);
            }
        }
        project.add(new Document("claude_file_" + number, "plan.pdf", FIRST, null));
        texts.put(id + "|claude_file_" + number, "");
        facts.add(project);
    }
}
