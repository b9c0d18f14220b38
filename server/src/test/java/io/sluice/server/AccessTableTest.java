package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AccessTableTest {
    @Test
    void isWhatTheServerDoes() throws IOException {
        List<AccessTable.Endpoint> served = new ArrayList<>();
        OpenApiTest.withRoutes(routes -> routes.forEach(route -> served.add(AccessTable.Endpoint.of(route))));
        Arrays.stream(Signal.values()).map(AccessTable.Endpoint::http).forEach(served::add);
        Arrays.stream(Signal.values()).map(AccessTable.Endpoint::grpc).forEach(served::add);
        assertThat(AccessTable.endpoints()).containsExactlyInAnyOrderElementsOf(served);
    }

    @ParameterizedTest
    @EnumSource
    void explainsEveryScope(Scope scope) throws IOException {
        String text = Files.readString(Path.of("../docs/access.md"));
        assertThat(text.substring(text.indexOf("## Scopes"), text.indexOf("## Tokens")))
                .contains("`" + scope.scopeName() + "`");
    }
}
