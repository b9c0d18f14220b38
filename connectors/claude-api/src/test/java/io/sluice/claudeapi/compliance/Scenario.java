package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Group;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An organization at work, by chance: what it does late, again and behind everybody's back; and what should be known of it. */
final class Scenario {
    static final Instant START = Instant.parse("2026-11-20T08:00:00Z");
    /** From when on things happen, and until when. */
    static final Instant FIRST = START.minus(Duration.ofDays(2));

    static final Instant LAST = START.plus(Duration.ofHours(3));

    private static final String GONE = "gone";
    private static final String LATE = "late";
    private static final String ORGANIZATION = "11111111-2222-4333-8444-555555555555";

    final ComplianceFacts facts = new ComplianceFacts();
    final Set<String> activities = new TreeSet<>();
    /** Text by chat and message, or project and document. */
    final Map<String, String> texts = new TreeMap<>();

    final Set<String> deleted = new TreeSet<>();
    /** As {@link Recipient#entries} has it. */
    final Map<String, String> directory = new TreeMap<>();

    /** Of files, by id. */
    private final Map<String, String> contents = new TreeMap<>();

    private final Random random;
    /** Of files and the directory. */
    private final Random more;

    Scenario(long seed, int chats) {
        random = new Random(seed);
        more = new Random(~seed);
        directory.put("organization||" + ORGANIZATION, "Example");
        for (int i = 0; i < 20; i++) {
            facts.add(person(i));
            String gone = i < 3 ? "" : lives(person(i).id());
            directory.put("user|" + ORGANIZATION + "|" + person(i).id(), gone.equals(GONE) ? GONE : "Person " + i);
        }
        for (int i = 0; i < 9; i++) {
            role(i);
            group(i);
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

    /** From the begin or later on, and maybe not for ever, or not all the time. Returns {@code gone}, {@code late} or nothing. */
    private String lives(String... id) {
        switch (more.nextInt(5)) {
            case 0 -> {
                facts.comes(anytime(more), id);
                return LATE;
            }
            case 1 -> {
                facts.goes(START.plus(Duration.ofMinutes(90 + more.nextInt(60))), id);
                return GONE;
            }
            case 2 -> {
                Instant away = START.plus(Duration.ofMinutes(20 + more.nextInt(100)));
                facts.goes(away, id).comes(away.plus(Duration.ofMinutes(10 + more.nextInt(100))), id);
            }
            default -> {}
        }
        return "";
    }

    private void role(int number) {
        String id = "rbac_role_" + number;
        facts.role(id, "Role " + number);
        String gone = lives(id);
        String name = "Role " + number;
        if (more.nextInt(3) == 0) {
            name = "Renamed " + number;
            facts.role(id, name, anytime(more));
        } else if (more.nextInt(3) == 0) {
            Instant renamed = START.plus(Duration.ofMinutes(20 + more.nextInt(60)));
            facts.role(id, "Renamed", renamed).role(id, name, renamed.plus(Duration.ofMinutes(60)));
        }
        directory.put("role|" + ORGANIZATION + "|" + id, gone.equals(GONE) ? GONE : name);
        for (int i = 0; i <= number; i++) {
            facts.permission(id, "do_" + i, "organization", ORGANIZATION);
            String lost = gone.isEmpty() ? lives(id, "do_" + i) : gone;
            String permission = "do_" + i + "/organization/" + ORGANIZATION;
            directory.put("permission|" + id + "|" + permission, lost.equals(GONE) ? GONE : permission);
        }
    }

    private void group(int number) {
        String id = "rbac_group_" + number;
        List<Person> members = new ArrayList<>();
        for (int i = 0; i < 2 * number; i++) {
            members.add(person(i));
        }
        facts.add(new Group(id, "Group " + number, List.of("rbac_role_" + number), members));
        String gone = lives(id);
        directory.put("group||" + id, gone.equals(GONE) ? GONE : "Group " + number);
        for (Person member : members) {
            String left = gone.isEmpty() ? lives(id, member.id()) : gone;
            directory.put(
                    "member|" + id + "|" + member.id(),
                    left.equals(GONE) ? GONE : member.email().toLowerCase(Locale.ROOT));
        }
    }

    /** Some messages name files: uploads, generated ones, artifacts; text or not. */
    private void files(String chat, Message message) {
        ObjectNode body = message.body();
        switch (more.nextInt(8)) {
            case 0 -> {
                ObjectNode file = file("claude_file_of_" + message.id(), "text/csv; charset=iso-8859-1", "a;\u00e9");
                body.putArray("files")
                        .add(file.put("created_at", message.createdAt().toString()))
                        .add(file("claude_file_bin_" + message.id(), "image/png", null));
            }
            case 1 ->
                body.putArray("generated_files")
                        .add(file("claude_gen_file_of_" + message.id(), "application/json", "{}"))
                        .add(file("claude_file_gen_" + message.id(), "text/markdown", "# x"));
            case 2 -> {
                ObjectNode artifact = none().put("id", "claude_artifact_" + message.id())
                        .put("version_id", "claude_artifact_version_" + message.id())
                        .put("title", "Artifact");
                body.putArray("artifacts").add(artifact.putNull("artifact_type"));
                content("claude_artifact_version_" + message.id(), "text/plain", "artifact");
            }
            default -> {}
        }
        for (String list : List.of("files", "generated_files", "artifacts")) {
            for (JsonNode file : body.path(list)) {
                String id = file.path(list.equals("artifacts") ? "version_id" : "id")
                        .asText();
                if (contents.containsKey(id)) {
                    texts.put(chat + "|" + id, contents.get(id));
                }
            }
        }
    }

    /** @param text null: it is not read */
    private ObjectNode file(String id, String type, @Nullable String text) {
        if (text != null) {
            content(id, type, text);
        }
        return none().put("id", id).put("filename", id).put("mime_type", type);
    }

    private void content(String id, String type, String text) {
        contents.put(id, text);
        facts.content(
                id, type, text.getBytes(type.contains("8859") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
    }

    private Instant anytime() {
        return anytime(random);
    }

    private static Instant anytime(Random by) {
        return FIRST.plusSeconds(by.nextInt((int) Duration.between(FIRST, LAST).toSeconds()));
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
            files(id, said);
            chat.add(random.nextInt(5) == 0 ? said.visibleAt(at.plusSeconds(random.nextInt(280))) : said);
            texts.put(id + "|" + message, text);
            at = at.plusSeconds(1 + random.nextInt(random.nextInt(4) == 0 ? 3600 : 60));
        }
        if (random.nextInt(4) == 0) {
            Instant end = at.plus(Duration.ofMinutes(90 + random.nextInt(60)));
            // Else nobody could have read it, or could have seen that it is gone.
            if (end.isAfter(START.plus(Duration.ofMinutes(30))) && end.isBefore(LAST.plus(Duration.ofHours(2)))) {
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
        project.add(new Document("claude_file_notes_" + number, "notes.md", FIRST, null));
        content("claude_file_notes_" + number, "text/markdown", "Notes " + number);
        texts.put(id + "|claude_file_notes_" + number, "Notes " + number);
        facts.add(project);
    }
}
