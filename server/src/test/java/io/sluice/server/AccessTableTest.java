package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.directory.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AccessTableTest {
    @Test
    void isWhatTheServerDoes() throws IOException {
        List<AccessTable.Endpoint> served = new ArrayList<>();
        OpenApiTest.withRoutes(routes -> routes.forEach(route -> served.add(AccessTable.Endpoint.of(route))));
        scim().forEach(route -> served.add(AccessTable.Endpoint.of(route)));
        Arrays.stream(Signal.values()).map(AccessTable.Endpoint::http).forEach(served::add);
        Arrays.stream(Signal.values()).map(AccessTable.Endpoint::grpc).forEach(served::add);
        assertThat(AccessTable.endpoints()).containsExactlyInAnyOrderElementsOf(served);
    }

    /** Of a server that is not started: nobody answers, and nobody is asked. */
    private static List<Route> scim() {
        Settings settings = Settings.of(Map.of(Setting.KAFKA_BOOTSTRAP_SERVERS, "127.0.0.1:1"));
        try (Publisher publisher = new Publisher(settings.kafkaBootstrapServers(), settings.kafkaAckTimeout());
                Kafka kafka = new Kafka(settings, new TokenRegistry(), publisher, "");
                DirectoryStore store = new DirectoryStore(
                        new Directories(),
                        new DirectoryIndex(new Elastic(settings, ClientFactory.ofDefault())),
                        new DirectoryTopic(settings, kafka, version -> {}),
                        Clock.systemUTC())) {
            return new ScimRoutes(store, false).group().routes();
        }
    }

    @ParameterizedTest
    @EnumSource
    void explainsEveryScope(Scope scope) throws IOException {
        String text = Files.readString(Path.of("../docs/access.md"));
        assertThat(text.substring(text.indexOf("## Scopes"), text.indexOf("## Tokens")))
                .contains("`" + scope.scopeName() + "`");
    }
}
