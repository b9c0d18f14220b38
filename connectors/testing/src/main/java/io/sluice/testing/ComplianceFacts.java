package io.sluice.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an organization of {@link ComplianceServer} has: things that appear, grow and go with its clock. All of it may be
 * told beforehand.
 */
public final class ComplianceFacts {
    /** Somebody. */
    public record Person(String id, String email, String fullName) {}

    /**
     * A record of the activity feed.
     *
     * @param visibleAt when the feed has it; later than it was created: it comes late
     * @param fields of its type, and whatever is to be instead of the common ones
     */
    public record Activity(
            String id, String type, Instant createdAt, Instant visibleAt, Person actor, ObjectNode fields) {}

    /**
     * A message.
     *
     * @param visibleAt when it can be read; later than it was created: it comes late
     * @param body {@code content}, {@code files}, {@code generated_files}, {@code artifacts}
     */
    public record Message(String id, String role, Instant createdAt, Instant visibleAt, ObjectNode body) {
        /** Of one block of text. */
        public static Message text(String id, String role, Instant at, String text) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.putArray("content").addObject().put("type", "text").put("text", text);
            return new Message(id, role, at, at, body);
        }

        public Message visibleAt(Instant time) {
            return new Message(id, role, createdAt, time, body);
        }
    }

    /** A chat. Its {@code updated_at} moves with messages and with its deletion. */
    public static final class Chat {
        final String id;
        final Person user;
        final Instant createdAt;
        final List<Message> messages = new ArrayList<>();
        /** By time. */
        private final TreeMap<Instant, String> names = new TreeMap<>();

        private final ObjectNode more = JsonNodeFactory.instance.objectNode();
        private Duration listedAfter = Duration.ZERO;
        private @Nullable Instant deletedAt;
        private @Nullable String project;

        public Chat(String id, Person user, String name, Instant createdAt) {
            this.id = id;
            this.user = user;
            this.createdAt = createdAt;
            names.put(createdAt, name);
        }

        public Chat add(Message message) {
            messages.add(message);
            return this;
        }

        /** The list is told of each change so much later: rows that appear behind a cursor. */
        public Chat listedAfter(Duration time) {
            listedAfter = time;
            return this;
        }

        /** Its user deletes it. */
        public Chat deletedAt(Instant time) {
            deletedAt = time;
            return this;
        }

        public Chat inProject(String projectId) {
            project = projectId;
            return this;
        }

        /** Which does not move {@code updated_at}. */
        public Chat renamedAt(Instant time, String name) {
            names.put(time, name);
            return this;
        }

        /** A member that the contract does not have, or another value of one that it has. */
        public Chat with(String member, @Nullable JsonNode value) {
            more.set(member, value);
            return this;
        }

        boolean isDeleted(Instant now) {
            return deletedAt != null && !deletedAt.isAfter(now);
        }

        /** Whether a message that can be seen has a file, generated file or version of an artifact. */
        boolean names(String file, Instant now) {
            return !isDeleted(now)
                    && messages.stream()
                            .filter(message -> !message.createdAt().isAfter(now))
                            .anyMatch(message ->
                                    message.body().findValuesAsText("id").contains(file)
                                            || message.body()
                                                    .findValuesAsText("version_id")
                                                    .contains(file));
        }

        boolean isListed(Instant now) {
            return !createdAt.plus(listedAfter).isAfter(now);
        }

        @Nullable
        String project() {
            return project;
        }

        /** As the list has it. */
        Instant updatedAt(Instant now) {
            Instant known = now.minus(listedAfter);
            Instant newest = createdAt;
            for (Message message : messages) {
                if (!message.createdAt().isAfter(known) && message.createdAt().isAfter(newest)) {
                    newest = message.createdAt();
                }
            }
            return deletedAt != null && !deletedAt.isAfter(known) && deletedAt.isAfter(newest) ? deletedAt : newest;
        }

        ObjectNode json(Instant now, String organization) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            boolean deleted = isDeleted(now);
            String name = names.firstEntry().getValue();
            Map.Entry<Instant, String> last = names.floorEntry(now);
            json.put("id", id)
                    .put("name", deleted ? "" : last == null ? name : last.getValue())
                    .put("created_at", createdAt.toString())
                    .put("updated_at", updatedAt(now).toString())
                    .put("deleted_at", deleted ? String.valueOf(deletedAt) : null)
                    .put("href", "https://claude.ai/chat/0f0f0f0f-1111-4222-8333-444444444444")
                    .put("model", "claude-opus-5")
                    .put("organization_id", "org_01Example")
                    .put("organization_uuid", organization)
                    .put("project_id", project);
            json.putObject("user").put("id", user.id()).put("email_address", user.email());
            json.setAll(more);
            return json;
        }

        ObjectNode json(Message message, Instant now) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("id", message.id())
                    .put("role", message.role())
                    .put("created_at", message.createdAt().toString());
            json.putArray("content");
            json.putNull("files").putNull("generated_files").putNull("artifacts");
            if (!isDeleted(now)) {
                json.setAll(message.body());
            }
            return json;
        }
    }

    /**
     * A text document of a project; a file of a project if it has no text.
     *
     * @param user who has uploaded the document; null: who has made the project
     */
    public record Document(
            String id,
            String filename,
            Instant createdAt,
            @Nullable String text,
            @Nullable Person user) {
        public Document(String id, String filename, Instant createdAt, @Nullable String text) {
            this(id, filename, createdAt, text, null);
        }
    }

    /** A project. */
    public static final class Project {
        final String id;
        final String name;
        final Person user;
        final Instant createdAt;
        final List<Document> documents = new ArrayList<>();
        private final TreeMap<Instant, String> instructions = new TreeMap<>();
        private @Nullable Instant deletedAt;

        public Project(String id, String name, Person user, Instant createdAt) {
            this.id = id;
            this.name = name;
            this.user = user;
            this.createdAt = createdAt;
            instructions.put(createdAt, "");
        }

        public Project add(Document document) {
            documents.add(document);
            return this;
        }

        public Project instructionsAt(Instant time, String text) {
            instructions.put(time, text);
            return this;
        }

        public Project deletedAt(Instant time) {
            deletedAt = time;
            return this;
        }

        List<Document> documents(Instant now) {
            return documents.stream()
                    .filter(document -> !document.createdAt().isAfter(now))
                    .toList();
        }

        /** Documents do not move it. */
        Instant updatedAt(Instant now) {
            Instant newest = createdAt;
            Map.Entry<Instant, String> last = instructions.floorEntry(now);
            if (last != null && last.getKey().isAfter(newest)) {
                newest = last.getKey();
            }
            return deletedAt != null && !deletedAt.isAfter(now) ? deletedAt : newest;
        }

        ObjectNode json(Instant now, String organization) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("id", id)
                    .put("name", name)
                    .put("created_at", createdAt.toString())
                    .put("updated_at", updatedAt(now).toString())
                    .put("deleted_at", deletedAt == null || deletedAt.isAfter(now) ? null : deletedAt.toString())
                    .put("is_private", true)
                    .put("organization_id", "org_01Example")
                    .put("organization_uuid", organization);
            json.putObject("user").put("id", user.id()).put("email_address", user.email());
            return json;
        }

        String instructions(Instant now) {
            Map.Entry<Instant, String> last = instructions.floorEntry(now);
            return last == null ? "" : last.getValue();
        }
    }

    /** What a file has. */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    record Content(String type, byte[] bytes) {}

    /** A group and who is in it. */
    public record Group(String id, String name, List<String> roles, List<Person> members) {}

    static final String ORGANIZATION = "11111111-2222-4333-8444-555555555555";
    static final Instant FOUNDED = Instant.parse("2025-01-01T00:00:00Z");

    final List<Activity> activities = new ArrayList<>();
    final TreeMap<String, Chat> chats = new TreeMap<>();
    final TreeMap<String, Project> projects = new TreeMap<>();
    final List<Person> people = new ArrayList<>();
    /** Names by time. */
    final TreeMap<String, TreeMap<Instant, String>> roles = new TreeMap<>();

    /** By role. */
    final Map<String, List<ObjectNode>> permissions = new TreeMap<>();

    final Map<String, Content> contents = new TreeMap<>();
    private final Map<List<String>, Instant> comes = new HashMap<>();
    private final Map<List<String>, Instant> goes = new HashMap<>();
    final List<Group> groups = new ArrayList<>();

    public synchronized ComplianceFacts add(Activity activity) {
        activities.add(activity);
        return this;
    }

    public synchronized ComplianceFacts add(Chat chat) {
        chats.put(chat.id, chat);
        return this;
    }

    public synchronized ComplianceFacts add(Project project) {
        projects.put(project.id, project);
        return this;
    }

    public synchronized ComplianceFacts add(Person person) {
        people.add(person);
        return this;
    }

    public synchronized ComplianceFacts add(Group group) {
        groups.add(group);
        return this;
    }

    public synchronized ComplianceFacts role(String id, String name) {
        return role(id, name, FOUNDED);
    }

    /** A role, or another name of it. */
    public synchronized ComplianceFacts role(String id, String name, Instant from) {
        roles.computeIfAbsent(id, absent -> new TreeMap<>()).put(from, name);
        return this;
    }

    /** One that a role has; without any it has one of the whole organization. */
    public synchronized ComplianceFacts permission(String role, String action, String type, String resource) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("action", action).put("resource_type", type).put("resource_id", resource);
        permissions.computeIfAbsent(role, absent -> new ArrayList<>()).add(json);
        return this;
    }

    /**
     * Something of the directory is there only from then on.
     *
     * @param id of a user, role or group; of a member group and user; of a permission role and action
     */
    public synchronized ComplianceFacts comes(Instant at, String... id) {
        comes.put(List.of(id), at);
        return this;
    }

    /** The same is there only until then; if it comes later than that, it is away in between. */
    public synchronized ComplianceFacts goes(Instant at, String... id) {
        goes.put(List.of(id), at);
        return this;
    }

    boolean isThere(Instant now, String... id) {
        Instant from = comes.get(List.of(id));
        Instant until = goes.get(List.of(id));
        boolean come = from == null || !from.isAfter(now);
        boolean stays = until == null || until.isAfter(now);
        return from != null && until != null && until.isBefore(from) ? come || stays : come && stays;
    }

    /** What a file, generated file or version of an artifact has that a message or project names. */
    public synchronized ComplianceFacts content(String id, String type, byte[] bytes) {
        contents.put(id, new Content(type, bytes.clone()));
        return this;
    }

    /** Whether a chat is there, deleted by its user or not. */
    public synchronized boolean hasChat(String id) {
        return chats.containsKey(id);
    }

    static ObjectNode json(Activity activity) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", activity.id())
                .put("created_at", activity.createdAt().toString())
                .put("organization_id", "org_01Example")
                .put("organization_uuid", ORGANIZATION);
        json.putObject("actor")
                .put("type", "user_actor")
                .put("email_address", activity.actor().email())
                .put("user_id", activity.actor().id())
                .put("ip_address", "198.51.100.7")
                .put("user_agent", "Mozilla/5.0 (X11)");
        json.put("type", activity.type());
        json.setAll(activity.fields());
        return json;
    }

    /** Names of files of a message, all that the contract says of them. */
    public static ArrayNode files(String... names) {
        ArrayNode files = JsonNodeFactory.instance.arrayNode();
        for (String name : names) {
            files.addObject()
                    .put("id", "claude_file_" + name)
                    .put("filename", name)
                    .put("mime_type", "text/plain")
                    .put("size_bytes", 5)
                    .putNull("md5")
                    .put("created_at", FOUNDED.toString());
        }
        return files;
    }
}
