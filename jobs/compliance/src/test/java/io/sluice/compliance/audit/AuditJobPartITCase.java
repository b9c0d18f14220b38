package io.sluice.compliance.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.core.audit.AuditDocument;
import io.sluice.core.audit.AuditJson;
import io.sluice.core.audit.AuditVerifier;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Alert;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The topology as it is, in a cluster: types and uids pass the strict checks, and several instances make one chain each. */
class AuditJobPartITCase {
    private static final int RECORDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(2)
            .build());

    @Test
    void chainsOfAllOrganizationsHoldTogether() throws Exception {
        List<byte[]> values = new ArrayList<>(List.of(new byte[] {1, 2, 3}));
        for (int i = 1; i <= RECORDS; i++) {
            for (int organization = 1; organization <= 3; organization++) {
                values.add(Codec.encode(AuditChainFunctionTest.record("org-" + organization, "e" + i)));
            }
        }
        Configuration noRestart = new Configuration();
        noRestart.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StrictEnvironment.create(noRestart);
        env.setParallelism(2);
        Configuration options = new Configuration();
        options.set(AuditOptions.CHECKPOINT_ENTRIES, 25L);
        AuditJobPart.Outputs out = AuditJobPart.define(
                env.fromData(values, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                        .uid("audit-source"),
                options);
        var chain = out.chain().collectAsync();
        var documents = out.documents().collectAsync();
        var checkpoints = out.checkpoints().collectAsync();
        var undecodable = out.undecodable().collectAsync();
        env.executeAsync();
        var chained = drain(chain);
        var written = drain(documents);
        var told = drain(checkpoints);
        var refused = drain(undecodable);

        List<AuditEntry> entries = new ArrayList<>();
        for (KeyedValue each : chained.get()) {
            AuditEntry entry = Codec.of(AuditEntry.class).decode(each.value());
            assertThat(new String(each.key(), StandardCharsets.UTF_8))
                    .isEqualTo(entry.getOrgId() + '|' + entry.getNumber());
            entries.add(entry);
        }
        List<Alert> alerts = new ArrayList<>();
        for (KeyedValue each : told.get()) {
            alerts.add(Codec.of(Alert.class).decode(each.value()));
        }
        for (int organization = 1; organization <= 3; organization++) {
            String org = "org-" + organization;
            List<AuditCheckpoint> known = alerts.stream()
                    .filter(alert -> alert.getOrgId().equals(org))
                    .map(alert -> new AuditCheckpoint(
                            Long.parseLong(alert.getDetails().getOrDefault("number", "")),
                            alert.getDetails().getOrDefault("hash", "")))
                    .toList();
            assertThat(known).hasSizeGreaterThanOrEqualTo(2);
            AuditVerifier verifier = new AuditVerifier(org, known);
            entries.stream()
                    .filter(entry -> entry.getOrgId().equals(org))
                    .sorted(Comparator.comparingLong(AuditEntry::getNumber))
                    .forEach(entry -> verifier.add(AuditJson.of(entry)));
            assertThat(verifier.end()).isEmpty();
            assertThat(verifier.number()).isEqualTo(RECORDS);
            assertThat(verifier.confirmed()).isGreaterThanOrEqualTo(50);
        }
        assertThat(refused.get()).singleElement().satisfies(letter -> {
            DeadLetter read = Codec.of(DeadLetter.class).decode(letter.value());
            assertThat(read.getSource()).isEqualTo("kafka-audit");
        });
        List<DocumentWrite> ofEntries = written.get().stream()
                .filter(each -> each.index().equals(Index.AUDIT.indexName()))
                .toList();
        assertThat(ofEntries).hasSize(3 * RECORDS);
        for (DocumentWrite each : ofEntries) {
            JsonNode document = JSON.readTree(each.json());
            assertThat(AuditDocument.read(each.id(), document).differing()).isEmpty();
        }
        assertThat(written.get().size() - ofEntries.size()).isEqualTo(alerts.size());
    }

    /** Reads as the job runs: results that nobody takes would hold it back. */
    private static <T> CompletableFuture<List<T>> drain(CloseableIterator<T> results) {
        return CompletableFuture.supplyAsync(
                () -> {
                    List<T> all = new ArrayList<>();
                    results.forEachRemaining(all::add);
                    return all;
                },
                task -> new Thread(task, "collect").start());
    }
}
