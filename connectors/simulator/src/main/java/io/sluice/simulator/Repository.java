package io.sluice.simulator;

/**
 * @param language as {@code code_edit_tool.decision} names it
 * @param extension of source files
 */
record Repository(String owner, String name, String language, String extension) {
    String url() {
        return "https://git.example.com/" + owner + '/' + name;
    }
}
