//! The state of the server: open texts and what was said about them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_server::{Message, Notification};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, HoverProviderCapability, InitializeParams, OneOf,
    PublishDiagnosticsParams, RenameOptions, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use ttls_policy::SourceText;

use crate::analysis::Analysis;
use crate::document::Document;
use crate::files;
use crate::requests;

/// A language server without its transport.
#[derive(Debug, Default)]
pub struct Server {
    /// By their addresses.
    documents: BTreeMap<String, Document>,
    /// Where findings were shown for a document.
    shown: BTreeMap<String, Vec<Uri>>,
    /// The editor takes edits that say which version of a text they are for.
    versioned_edits: bool,
}

/// What the server can do.
pub(crate) fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions::default()),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                ..CodeActionOptions::default()
            }
            .into(),
        ),
        ..ServerCapabilities::default()
    }
}

impl Server {
    /// A server for an editor that says this about itself.
    pub fn new(client: &InitializeParams) -> Self {
        let edits = client
            .capabilities
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.workspace_edit.as_ref());
        Self {
            versioned_edits: edits.and_then(|edits| edits.document_changes).unwrap_or(false),
            ..Self::default()
        }
    }

    /// Takes a message of the editor; the answers to it. Findings follow with [`Self::work`].
    pub fn handle(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Request(request) => vec![requests::answer(self, request).into()],
            Message::Notification(notification) => self.notified(notification),
            // Nothing is asked of the editor.
            Message::Response(_) => Vec::new(),
        }
    }

    /// Some text has changed and was not looked at since.
    pub fn has_work(&self) -> bool {
        self.documents
            .values()
            .any(|document| document.analysis.is_none())
    }

    /// Looks at the texts that have changed; what it says about them.
    pub fn work(&mut self) -> Vec<Message> {
        let changed: Vec<String> = self
            .documents
            .iter()
            .filter(|(_, document)| document.analysis.is_none())
            .map(|(uri, _)| uri.clone())
            .collect();
        changed.iter().flat_map(|uri| self.look_at(uri)).collect()
    }

    pub(crate) fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(uri.as_str())
    }

    pub(crate) fn takes_versioned_edits(&self) -> bool {
        self.versioned_edits
    }

    /// What is known about a text as it is now.
    pub(crate) fn analysis(&self, document: &Document) -> Analysis {
        let open: BTreeMap<&PathBuf, &str> = self
            .documents
            .values()
            .map(|document| (&document.path, document.text.as_str()))
            .collect();
        let source = SourceText {
            name: document.path.display().to_string(),
            text: document.text.clone(),
        };
        Analysis::new(
            &document.uri,
            source,
            &mut |path| match open.get(&path.to_path_buf()) {
                Some(text) => Ok((*text).to_string()),
                None => files::read(path),
            },
        )
    }

    fn notified(&mut self, notification: Notification) -> Vec<Message> {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Ok(DidOpenTextDocumentParams { text_document: open }) =
                    serde_json::from_value(notification.params)
                {
                    let document = Document::new(open.uri, open.version, open.text);
                    self.forget_users_of(&document.path.clone());
                    self.documents.insert(document.uri.as_str().to_string(), document);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Ok(changed) = serde_json::from_value(notification.params) {
                    self.change(changed);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Ok(DidCloseTextDocumentParams { text_document }) =
                    serde_json::from_value(notification.params)
                {
                    return self.close(&text_document.uri);
                }
            }
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                for document in self.documents.values_mut() {
                    document.analysis = None;
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn change(&mut self, changed: DidChangeTextDocumentParams) {
        let Some(document) = self.documents.get_mut(changed.text_document.uri.as_str()) else {
            return;
        };
        document.apply(changed.text_document.version, changed.content_changes);
        let path = document.path.clone();
        self.forget_users_of(&path);
    }

    fn close(&mut self, uri: &Uri) -> Vec<Message> {
        let Some(closed) = self.documents.remove(uri.as_str()) else {
            return Vec::new();
        };
        self.forget_users_of(&closed.path);
        let shown = self.shown.remove(uri.as_str()).unwrap_or_default();
        shown.into_iter().map(|uri| self.publish(uri)).collect()
    }

    /// Texts that name this file are to be looked at again.
    fn forget_users_of(&mut self, path: &std::path::Path) {
        for document in self.documents.values_mut().filter(|document| document.uses(path)) {
            document.analysis = None;
        }
    }

    fn look_at(&mut self, uri: &str) -> Vec<Message> {
        let Some(document) = self.documents.get(uri) else {
            return Vec::new();
        };
        let analysis = self.analysis(document);
        let mut places = vec![document.uri.clone()];
        places.extend(analysis.found().into_iter().map(|(uri, _)| uri));
        places.sort();
        places.dedup();
        if let Some(document) = self.documents.get_mut(uri) {
            document.analysis = Some(analysis);
        }
        let mut changed = self
            .shown
            .insert(uri.to_string(), places.clone())
            .unwrap_or_default();
        changed.extend(places);
        changed.sort();
        changed.dedup();
        changed.into_iter().map(|uri| self.publish(uri)).collect()
    }

    /// All that open texts have to say about a file.
    fn publish(&self, uri: Uri) -> Message {
        let mut diagnostics = Vec::new();
        for analysis in self
            .documents
            .values()
            .filter_map(|document| document.analysis.as_ref())
        {
            for (place, finding) in analysis.found() {
                if place == uri && !diagnostics.contains(&finding) {
                    diagnostics.push(finding);
                }
            }
        }
        let version = self.document(&uri).map(|document| document.version);
        let params = PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        };
        Notification::new(PublishDiagnostics::METHOD.to_string(), params).into()
    }
}
