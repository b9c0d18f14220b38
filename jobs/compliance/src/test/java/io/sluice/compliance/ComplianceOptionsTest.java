package io.sluice.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class ComplianceOptionsTest {
    @Test
    void defaults() {
        Configuration options = new Configuration();
        assertThat(options.get(ComplianceOptions.KAFKA_ERASED_WITHIN)).isEqualTo(Duration.ofHours(24));
        assertThat(ComplianceOptions.upstream(options)).isNull();
    }

    @Test
    void everythingCanBeSet() {
        Configuration options = Configuration.fromMap(Map.of(
                "content.erased-within", "3 min",
                "upstream.delete-key-file", "key",
                "upstream.url", "http://127.0.0.1:1",
                "upstream.organization", "acme",
                "upstream.deletions-per-minute", "7"));
        assertThat(options.get(ComplianceOptions.KAFKA_ERASED_WITHIN)).isEqualTo(Duration.ofMinutes(3));
        assertThat(ComplianceOptions.upstream(options)).satisfies(account -> {
            assertThat(account.orgId()).isEqualTo("acme");
            assertThat(account.base()).isEqualTo(URI.create("http://127.0.0.1:1"));
            assertThat(account.perMinute()).isEqualTo(7);
            assertThat(account.reserve()).isZero();
        });
    }
}
