'use strict';

// A bot of NLP.js behind express, as their documentation builds one.
//
//   node bot.js serve CORPUS.json PORT WORKERS        answers POST /api/v1/faq/ask {"question"}
//   node bot.js answers CORPUS.json QUESTIONS.json    prints the three likeliest intents of each
//
// CORPUS.json: {intent: {utterances: [...], answer}}; the intent "None" holds what is out of scope.

const cluster = require('node:cluster');
const fs = require('node:fs');
const { dockStart } = require('@nlpjs/basic');
require('@nlpjs/lang-zh');

async function untrained() {
  const nlp = { languages: ['zh'], autoSave: false, autoLoad: false, forceNER: false, nlu: { log: false } };
  const dock = await dockStart({ settings: { nlp, logger: { level: 'error' } }, use: ['Basic', 'LangZh'] });
  return dock.get('nlp');
}

async function trained(corpusFile) {
  const nlp = await untrained();
  nlp.addLanguage('zh');
  for (const [intent, { utterances, answer }] of Object.entries(JSON.parse(fs.readFileSync(corpusFile, 'utf8')))) {
    for (const utterance of utterances) nlp.addDocument('zh', utterance, intent);
    nlp.addAnswer('zh', intent, answer);
  }
  await nlp.train();
  return nlp;
}

async function answers(corpusFile, questionsFile) {
  const nlp = await trained(corpusFile);
  const said = [];
  for (const question of JSON.parse(fs.readFileSync(questionsFile, 'utf8'))) {
    const { classifications } = await nlp.process('zh', question);
    said.push(classifications.slice(0, 3).map(({ intent }) => intent));
  }
  fs.writeFileSync(`${questionsFile}.answers`, JSON.stringify(said));
}

async function serve(corpusFile, port, workers) {
  const model = `${corpusFile}.model`;
  if (cluster.isPrimary) {
    // Trained once, so that the workers only load it.
    fs.writeFileSync(model, (await trained(corpusFile)).export());
    for (let count = 0; count < workers; count += 1) cluster.fork();
    return;
  }
  const express = require('express');
  const nlp = await untrained();
  nlp.import(fs.readFileSync(model, 'utf8'));
  const app = express();
  app.use(express.json());
  app.get('/healthz', (request, response) => response.json({ code: 'OK' }));
  app.post('/api/v1/faq/ask', async (request, response) => {
    const { intent, score, answer } = await nlp.process('zh', request.body.question);
    response.json({ code: 'OK', data: { intent, score, answer } });
  });
  app.listen(port, '127.0.0.1');
}

const [, , command, corpusFile, ...rest] = process.argv;
if (command === 'answers') answers(corpusFile, rest[0]);
else serve(corpusFile, Number(rest[0]), Number(rest[1]));
