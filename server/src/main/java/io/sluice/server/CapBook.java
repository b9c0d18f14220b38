package io.sluice.server;

import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.IncreaseRequests;
import io.sluice.schema.CapVersion;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The caps of all organizations in this server's memory, each with its past. For one writer and many readers at a time. */
final class CapBook {
    private static final Comparator<CapVersion> BY_EFFECT =
            Comparator.comparingLong(CapVersion::getEffectiveAt).thenComparingLong(CapVersion::getVersion);

    /**
     * All versions of one document that were read.
     *
     * @param versions in order of version
     */
    record Document(String id, List<CapVersion> versions) {
        Document {
            versions = List.copyOf(versions);
        }

        Optional<CapVersion> newest() {
            return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
        }

        /** Number of the newest version; 0: there is none, or the document is deleted. */
        long version() {
            return newest().filter(version -> !version.getDeleted())
                    .map(CapVersion::getVersion)
                    .orElse(0L);
        }

        /**
         * What is in force; of what was recorded by a clock ahead of this server's, too. Empty: nothing, or it is deleted.
         *
         * @param now microseconds
         */
        Optional<CapVersion> inForce(long now) {
            long at = versions.stream().mapToLong(CapVersion::getRecordedAt).reduce(now, Math::max);
            return versions.stream()
                    .filter(version -> version.getEffectiveAt() <= at)
                    .max(BY_EFFECT)
                    .filter(version -> !version.getDeleted());
        }
    }

    /** Those of one organization; only to be used within {@link #read}. */
    static final class OfOrganization {
        private final Caps caps;
        private final Map<String, NavigableMap<Long, CapVersion>> byDocument = new HashMap<>();
        private final IncreaseRequestBook requests = new IncreaseRequestBook();

        OfOrganization(String orgId) {
            caps = new Caps(orgId);
        }

        Caps caps() {
            return caps;
        }

        IncreaseRequestBook requests() {
            return requests;
        }

        Document document(String kind, String id) {
            if (kind.equals(IncreaseRequests.KIND)) {
                return requests.document(id);
            }
            NavigableMap<Long, CapVersion> versions = byDocument.get(kind + ':' + id);
            return new Document(id, versions == null ? List.of() : List.copyOf(versions.values()));
        }

        /** In no order; also deleted ones. */
        List<Document> allCaps() {
            return byDocument.keySet().stream()
                    .filter(key -> key.startsWith(Caps.CAP + ':'))
                    .map(key -> document(Caps.CAP, key.substring(Caps.CAP.length() + 1)))
                    .toList();
        }

        /**
         * Caps of single users with a newer version than a number, in no order; also deleted ones.
         *
         * @param known by id
         */
        List<Document> userCapsAfter(ToLongFunction<String> known) {
            String prefix = Caps.CAP + ':' + CapScope.USER.scopeName() + '|';
            return byDocument.entrySet().stream()
                    .filter(each -> each.getKey().startsWith(prefix))
                    .filter(each -> each.getValue().lastKey()
                            > known.applyAsLong(each.getKey().substring(Caps.CAP.length() + 1)))
                    .map(each -> document(Caps.CAP, each.getKey().substring(Caps.CAP.length() + 1)))
                    .toList();
        }

        private void apply(CapVersion version) {
            if (version.getKind().equals(IncreaseRequests.KIND)) {
                requests.apply(version);
            } else if (caps.apply(version)) {
                byDocument
                        .computeIfAbsent(version.getKind() + ':' + version.getId(), key -> new TreeMap<>())
                        .put(version.getVersion(), version);
            }
        }
    }

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Map<String, OfOrganization> byOrganization = new HashMap<>();

    void apply(CapVersion version) {
        lock.writeLock().lock();
        try {
            byOrganization
                    .computeIfAbsent(version.getOrgId(), OfOrganization::new)
                    .apply(version);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Queries of one state. No version is taken in meanwhile. */
    <T> T read(String orgId, Function<OfOrganization, T> queries) {
        lock.readLock().lock();
        try {
            OfOrganization organization = byOrganization.get(orgId);
            return queries.apply(organization == null ? new OfOrganization(orgId) : organization);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Number of the newest version that was read, deleted or not; 0: none. */
    long newest(Control.Head head) {
        return read(head.orgId(), caps -> caps.document(head.kind(), head.id()).newest())
                .map(CapVersion::getVersion)
                .orElse(0L);
    }
}
