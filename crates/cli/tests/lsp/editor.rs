//! An editor that speaks the protocol to `ttls lsp`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A server that was started, and what is open in it.
pub(crate) struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    folder: TempDir,
    asked: u64,
    /// Findings that came while something else was waited for.
    published: Vec<Value>,
}

/// Answers come within this time, else the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

impl Editor {
    /// Starts `ttls lsp` and says hello.
    pub(crate) fn start() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_ttls"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().expect("piped"));
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Self {
            server,
            input,
            output: receiver,
            folder: tempfile::tempdir().expect("a folder"),
            asked: 0,
            published: Vec::new(),
        };
        let capabilities = json!({"workspace": {"workspaceEdit": {"documentChanges": true}}});
        let hello = editor.ask("initialize", &json!({"capabilities": capabilities}));
        assert_eq!(hello["serverInfo"]["name"], "ttls");
        assert_eq!(hello["capabilities"]["hoverProvider"], true);
        editor.tell("initialized", &json!({}));
        editor
    }

    /// Writes a file; its address.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.folder.path().join(name), text).expect("written");
        self.uri(name)
    }

    /// Opens a text; its findings.
    pub(crate) fn open(&mut self, name: &str, text: &str) -> Value {
        let uri = self.uri(name);
        let document = json!({"uri": uri, "languageId": "attls", "version": 1, "text": text});
        self.tell("textDocument/didOpen", &json!({"textDocument": document}));
        self.findings_of(&uri)
    }

    /// Changes a text; its findings afterwards.
    pub(crate) fn change(&mut self, name: &str, changes: &Value) -> Value {
        let uri = self.uri(name);
        self.published.clear();
        let document = json!({"uri": uri, "version": 2});
        self.tell(
            "textDocument/didChange",
            &json!({"textDocument": document, "contentChanges": changes}),
        );
        self.findings_of(&uri)
    }

    /// The findings that were published for a file, waited for where none were.
    pub(crate) fn findings_of(&mut self, uri: &str) -> Value {
        loop {
            if let Some(found) = self.published.iter().rev().find(|params| params["uri"] == uri) {
                return found["diagnostics"].clone();
            }
            let message = self.receive();
            assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
            self.published.push(message["params"].clone());
        }
    }

    /// The answer to a request about a text.
    pub(crate) fn ask_at(&mut self, method: &str, name: &str, params: &Value) -> Value {
        let answer = self.answer_at(method, name, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// What the user is told about a request that is not met.
    pub(crate) fn refused_at(&mut self, method: &str, name: &str, params: &Value) -> String {
        let answer = self.answer_at(method, name, params);
        answer["error"]["message"].as_str().expect("refused").to_string()
    }

    /// Says good-bye; the server ends as it should.
    pub(crate) fn end(mut self) {
        assert_eq!(self.ask("shutdown", &Value::Null), Value::Null);
        self.tell("exit", &Value::Null);
        let status = self.server.wait().expect("it ends");
        assert_eq!(status.code(), Some(0));
    }

    fn answer_at(&mut self, method: &str, name: &str, params: &Value) -> Value {
        let mut params = params.clone();
        params["textDocument"] = json!({"uri": self.uri(name)});
        self.answer(&format!("textDocument/{method}"), &params)
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.answer(method, params)["result"].clone()
    }

    fn answer(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
            self.published.push(message["params"].clone());
        }
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().expect("piped");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it reads");
        input.flush().expect("it reads");
    }

    fn receive(&mut self) -> Value {
        self.output.recv_timeout(PATIENCE).expect("an answer in time")
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}/{name}", self.folder.path().display())
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Line and column, both from 0 and in UTF-16 units, where a text is found first.
pub(crate) fn line_with(text: &str, wanted: &str) -> (u64, u64) {
    let at = text
        .find(wanted)
        .unwrap_or_else(|| panic!("{wanted} is in the text"));
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    (line as u64, text[start..at].encode_utf16().count() as u64)
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length: ") {
            length = number.parse().ok();
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
