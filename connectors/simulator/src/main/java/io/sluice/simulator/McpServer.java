package io.sluice.simulator;

import java.util.List;

record McpServer(String name, String transport, List<String> tools) {}
