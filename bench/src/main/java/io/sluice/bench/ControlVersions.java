package io.sluice.bench;

import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Versions of users, groups and caps of {@link UsageLoad#ORGANIZATION}, as the server publishes them. */
final class ControlVersions {
    static final String TIER = "premium";

    private static final String ORGANIZATION = UsageLoad.ORGANIZATION;
    /** One in so many users has a seat of the tier, and one is in a second group. */
    private static final int FEW = 10;

    private final long since;
    private final Map<String, Long> newest = new HashMap<>();

    /** @param since when everything but edits began to hold; microseconds */
    ControlVersions(long since) {
        this.since = since;
    }

    static String userId(int user) {
        return "user_" + (1_000_000 + user);
    }

    static String groupId(int group) {
        return "rbac_group_" + group;
    }

    /** Each user is in one group, every tenth in another one as well. */
    static List<Integer> groupsOf(int user, int groups) {
        int first = user % groups;
        int second = user / FEW % groups;
        return user % FEW == 0 && second != first ? List.of(first, second) : List.of(first);
    }

    /** Groups, users and who is in which group. */
    List<DirectoryVersion> directory(int users, int groups) {
        List<DirectoryVersion> versions = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            versions.add(document("group", groupId(group))
                    .setGroup(DirectoryGroup.newBuilder()
                            .setDisplayName("Group " + group)
                            .build())
                    .build());
        }
        for (int user = 0; user < users; user++) {
            versions.add(user(user, user % FEW == 0 ? TIER : null));
            for (int group : groupsOf(user, groups)) {
                versions.add(membership(user, group));
            }
        }
        return versions;
    }

    DirectoryVersion user(int user, @Nullable String tier) {
        String email = UsageLoad.email(user);
        return document("user", userId(user))
                .setUser(DirectoryUser.newBuilder()
                        .setUserName(email)
                        .setEmails(List.of(email))
                        .setSeatTier(tier)
                        .build())
                .build();
    }

    DirectoryVersion membership(int user, int group) {
        return document("membership", groupId(group) + '|' + userId(user))
                .setMembership(new DirectoryMembership(groupId(group), userId(user), false))
                .build();
    }

    private DirectoryVersion.Builder document(String kind, String id) {
        return DirectoryVersion.newBuilder()
                .setOrgId(ORGANIZATION)
                .setKind(kind)
                .setId(id)
                .setVersion(1)
                .setEffectiveAt(since)
                .setRecordedAt(since)
                .setCreatedAt(since)
                .setSource("admin");
    }

    /** From the beginning on. */
    CapVersion cap(
            CapScope scope,
            @Nullable String scopeId,
            CapPeriod period,
            @Nullable Long amountMicros,
            List<Integer> thresholds) {
        return next(
                        Cap.newBuilder()
                                .setScopeType(scope.scopeName())
                                .setScopeId(scopeId)
                                .setPeriod(period.periodName())
                                .setAmountMicros(amountMicros)
                                .setThresholds(thresholds)
                                .build(),
                        Caps.id(scope, scopeId, period),
                        since)
                .build();
    }

    /** The next version of a document, which differs in what the caller changes. */
    CapVersion.Builder next(Cap cap, String id, long effectiveAt) {
        return CapVersion.newBuilder()
                .setOrgId(ORGANIZATION)
                .setKind(Caps.CAP)
                .setId(id)
                .setVersion(newest.merge(id, 1L, Long::sum))
                .setEffectiveAt(effectiveAt)
                .setRecordedAt(effectiveAt)
                .setCreatedAt(since)
                .setCap(cap);
    }

    static void publish(Broker broker, Topic topic, Collection<? extends SpecificRecordBase> versions)
            throws IOException {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<String, byte[]> producer = broker.producer()) {
            for (SpecificRecordBase version : versions) {
                producer.send(
                        new ProducerRecord<>(topic.topicName(), key(version), Codec.encode(version)),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            }
                        });
            }
        }
        if (failure.get() != null) {
            throw new IOException(topic.topicName() + ": not everything could be stored", failure.get());
        }
    }

    static String key(SpecificRecordBase version) {
        if (version instanceof CapVersion cap) {
            return Topic.versionKey(cap.getOrgId(), cap.getKind(), cap.getId(), cap.getVersion());
        }
        if (version instanceof DirectoryVersion document) {
            return Topic.versionKey(document.getOrgId(), document.getKind(), document.getId(), document.getVersion());
        }
        if (version instanceof SpendMonth month) {
            return month.getOrgId() + '|' + month.getSubjectType() + '|' + month.getSubject() + '|' + month.getMonth();
        }
        throw new IllegalArgumentException(
                version.getSchema().getName() + " (expected: a version of a cap or of the directory, or a sum)");
    }
}
